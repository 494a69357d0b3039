// js-ipfs needs Promise.withResolvers, which Node has from 22 on. Loaded by `node --require`.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((yes, no) => { resolve = yes; reject = no; });
  return { promise, resolve, reject };
};
