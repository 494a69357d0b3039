# pragma version ~=0.4.3
"""
@title Receiver
@license Apache-2.0
@notice A contract that receives badges and does as it was told when one arrives.
"""

interface Badges:
    def safeTransferFrom(sender: address, receiver: address, token_id: uint256): nonpayable
    def burn(token_id: uint256): nonpayable
    def ownerOf(token_id: uint256) -> address: view


flag Manner:
    ACCEPT
    WRONG_ANSWER
    REVERT
    PASS_ON
    BURN


manner: Manner
pass_on_to: address
# What the last call brought, and who held the badge by then.
operator: public(address)
sender: public(address)
token_id: public(uint256)
data: public(Bytes[1024])
holder: public(address)


@external
def behave(manner: Manner, pass_on_to: address):
    self.manner = manner
    self.pass_on_to = pass_on_to


@external
def onERC721Received(operator: address, sender: address, token_id: uint256, data: Bytes[1024]) -> bytes4:
    assert self.manner != Manner.REVERT, "receiver: not today"
    self.operator = operator
    self.sender = sender
    self.token_id = token_id
    self.data = data
    self.holder = staticcall Badges(msg.sender).ownerOf(token_id)
    if self.manner == Manner.PASS_ON:
        extcall Badges(msg.sender).safeTransferFrom(self, self.pass_on_to, token_id)
    if self.manner == Manner.BURN:
        extcall Badges(msg.sender).burn(token_id)
    if self.manner == Manner.WRONG_ANSWER:
        return 0x12345678
    return method_id("onERC721Received(address,address,uint256,bytes)", output_type=bytes4)
