# pragma version ~=0.4.3
"""
@title PushComm
@license Apache-2.0
@notice Channels, their subscribers and the notifications sent to them, with the functions, events and
        EIP-712 types of the EPNS / Push protocol's Comm contract (its version 2.5), so that a program can
        use the protocol's own deployment on a public network and this one elsewhere.
        A channel is any address; whether it is worth reading is for the reader to decide.
@dev Stricter than the protocol in one thing: the high-s twin of a signature is refused. Wider in one: an
     account with code may also sign with its own key, as under EIP-7702. Bytes and lists have the bounds
     below; a longer one reverts. The last five events are additions, so that events tell every state.
@custom:stop There is nothing to stop: no value is held. A channel takes a leaked delegate's right away
             with removeDelegate; whoever transferred the channel's own key starts a new channel.
"""
from . import signatures

name: public(constant(String[12])) = "EPNS COMM V1"
NAME_HASH: public(constant(bytes32)) = keccak256("EPNS COMM V1")
DOMAIN_TYPEHASH: public(constant(bytes32)) = keccak256(
    "EIP712Domain(string name,uint256 chainId,address verifyingContract)"
)
SUBSCRIBE_TYPEHASH: public(constant(bytes32)) = keccak256(
    "Subscribe(address channel,address subscriber,uint256 nonce,uint256 expiry)"
)
UNSUBSCRIBE_TYPEHASH: public(constant(bytes32)) = keccak256(
    "Unsubscribe(address channel,address subscriber,uint256 nonce,uint256 expiry)"
)
SEND_NOTIFICATION_TYPEHASH: public(constant(bytes32)) = keccak256(
    "SendNotification(address channel,address recipient,bytes identity,uint256 nonce,uint256 expiry)"
)
# The protocol imported its first version's subscribers here; there is nothing to import.
isMigrationComplete: public(constant(bool)) = True

MAX_IDENTITY: constant(uint256) = 8192
MAX_CHANNELS: constant(uint256) = 256
MAX_SETTINGS: constant(uint256) = 512
# The digits of 2**256 - 1 and a plus sign come before the settings.
MAX_STORED: constant(uint256) = MAX_SETTINGS + 79

# Places in a user's word.
ADDRESS_MASK: constant(uint256) = 2**160 - 1
START_AT: constant(uint256) = 160
START_MASK: constant(uint256) = 2**48 - 1
COUNT_AT: constant(uint256) = 208
COUNT_MASK: constant(uint256) = 2**32 - 1
ACTIVATED: constant(uint256) = 2**240
HAS_FIRST: constant(uint256) = 2**241

# Settings of up to 31 bytes lie in one word: the text from the left, its length in the last byte.
SHORT: constant(uint256) = 31
LONG: constant(uint256) = 255

chainName: public(immutable(String[32]))
chainID: public(immutable(uint256))

pushChannelAdmin: public(address)
governance: public(address)
EPNSCoreAddress: public(address)
PUSH_TOKEN_ADDRESS: public(address)
# A user's word: flags (16) | subscribed count (32) | start block (48) | a channel (160). One channel of
# each user lies in the user's own word, so that the only channel most users have costs no slot.
_users: HashMap[address, uint256]
# user -> channel, for the channels that are not in the user's word.
_further: HashMap[address, HashMap[address, bool]]
_settings: HashMap[address, HashMap[address, uint256]]
_long_settings: HashMap[address, HashMap[address, String[MAX_STORED]]]
usersCount: public(uint256)
mapAddressUsers: public(HashMap[uint256, address])
delegatedNotificationSenders: public(HashMap[address, HashMap[address, bool]])
nonces: public(HashMap[address, uint256])


event SendNotification:
    channel: indexed(address)
    recipient: indexed(address)
    identity: Bytes[MAX_IDENTITY]


event Subscribe:
    channel: indexed(address)
    user: indexed(address)


event Unsubscribe:
    channel: indexed(address)
    user: indexed(address)


event AddDelegate:
    channel: address
    delegate: address


event RemoveDelegate:
    channel: address
    delegate: address


# Spelt as the protocol spells it.
event UserNotifcationSettingsAdded:
    _channel: address
    _user: address
    _notifID: uint256
    _notifSettings: String[MAX_STORED]


event ChannelAlias:
    _chainName: String[32]
    _chainID: indexed(uint256)
    _channelOwnerAddress: indexed(address)
    _ethereumChannelAddress: String[128]


event NonceUsed:
    signer: indexed(address)
    nonce: uint256


event AdminSet:
    previous: indexed(address)
    admin: indexed(address)


event GovernanceSet:
    previous: indexed(address)
    governance: indexed(address)


event CoreSet:
    previous: indexed(address)
    core: indexed(address)


event PushTokenSet:
    previous: indexed(address)
    token: indexed(address)


@deploy
def __init__(admin: address, chain_name: String[32]):
    assert admin != empty(address), "pushcomm: admin is the zero address"
    self.pushChannelAdmin = admin
    self.governance = admin
    chainName = chain_name
    chainID = chain.id
    log AdminSet(previous=empty(address), admin=admin)
    log GovernanceSet(previous=empty(address), governance=admin)


@external
def initialize(_pushChannelAdmin: address, _chainName: String[32]) -> bool:
    """
    @notice Refused always: the constructor has done this. The protocol's contract sits behind a proxy.
    """
    raise "pushcomm: already initialized"


@external
def subscribe(_channel: address) -> bool:
    """
    @notice Subscribe to a channel. Again changes nothing. A user's first subscription activates the user.
    @return True.
    """
    self._subscribe(_channel, msg.sender)
    return True


@external
def batchSubscribe(_channelList: DynArray[address, MAX_CHANNELS]) -> bool:
    """
    @notice Subscribe to each of these channels.
    @return True.
    """
    for channel: address in _channelList:
        self._subscribe(channel, msg.sender)
    return True


@external
def unsubscribe(_channel: address) -> bool:
    """
    @notice Unsubscribe from a channel. Nothing changes where there was no subscription. Settings stay.
    @return True.
    """
    self._unsubscribe(_channel, msg.sender)
    return True


@external
def batchUnsubscribe(_channelList: DynArray[address, MAX_CHANNELS]) -> bool:
    """
    @notice Unsubscribe from each of these channels.
    @return True.
    """
    for channel: address in _channelList:
        self._unsubscribe(channel, msg.sender)
    return True


@external
def subscribeBySig(
    channel: address, subscriber: address, nonce: uint256, expiry: uint256, v: uint8, r: bytes32, s: bytes32
):
    """
    @notice Subscribe the signer, sent by anyone.
    @param nonce The signer's nonces() now; it is used up, also where there was a subscription already.
    @param expiry The last second at which this is accepted.
    """
    self._use_signature(SUBSCRIBE_TYPEHASH, channel, subscriber, nonce, expiry, v, r, s)
    self._subscribe(channel, subscriber)
    log NonceUsed(signer=subscriber, nonce=nonce)


@external
def unsubscribeBySig(
    channel: address, subscriber: address, nonce: uint256, expiry: uint256, v: uint8, r: bytes32, s: bytes32
):
    """
    @notice Unsubscribe the signer, sent by anyone. As subscribeBySig.
    """
    self._use_signature(UNSUBSCRIBE_TYPEHASH, channel, subscriber, nonce, expiry, v, r, s)
    self._unsubscribe(channel, subscriber)
    log NonceUsed(signer=subscriber, nonce=nonce)


@external
def subscribeViaCore(_channel: address, _user: address) -> bool:
    """
    @notice Subscribe a user. For the Core contract alone; there is none until the admin sets one.
    @return True.
    """
    self._check_core()
    self._subscribe(_channel, _user)
    return True


@external
def unSubscribeViaCore(_channel: address, _user: address) -> bool:
    """
    @notice Unsubscribe a user. For the Core contract alone; there is none until the admin sets one.
    @return True.
    """
    self._check_core()
    self._unsubscribe(_channel, _user)
    return True


@external
def addDelegate(_delegate: address):
    """
    @notice Let a delegate send for the caller's channel. The delegate is subscribed to it too.
    """
    self.delegatedNotificationSenders[msg.sender][_delegate] = True
    self._subscribe(msg.sender, _delegate)
    log AddDelegate(channel=msg.sender, delegate=_delegate)


@external
def removeDelegate(_delegate: address):
    """
    @notice Take a delegate's right to send away. The delegate's subscription stays.
    """
    self.delegatedNotificationSenders[msg.sender][_delegate] = False
    log RemoveDelegate(channel=msg.sender, delegate=_delegate)


@external
def sendNotification(_channel: address, _recipient: address, _identity: Bytes[MAX_IDENTITY]) -> bool:
    """
    @notice Notify a recipient, or all subscribers where the recipient is the channel itself.
    @return False where the caller is neither the channel nor its delegate: nothing is sent and nothing
            reverts, so that a failed notification does not undo the sale it tells of.
    """
    if msg.sender != _channel and not self.delegatedNotificationSenders[_channel][msg.sender]:
        return False
    log SendNotification(channel=_channel, recipient=_recipient, identity=_identity)
    return True


@external
def sendNotifBySig(
    _channel: address,
    _recipient: address,
    _signer: address,
    _identity: Bytes[MAX_IDENTITY],
    nonce: uint256,
    expiry: uint256,
    v: uint8,
    r: bytes32,
    s: bytes32,
) -> bool:
    """
    @notice Send what a channel or its delegate signed. Never reverts.
    @return False for a wrong nonce, time or signature, which leave the nonce; and false for a valid
            signature of one who may not send for the channel, which uses it up.
    """
    if nonce != self.nonces[_signer] or block.timestamp > expiry:
        return False
    struct_hash: bytes32 = keccak256(
        abi_encode(SEND_NOTIFICATION_TYPEHASH, _channel, _recipient, keccak256(_identity), nonce, expiry)
    )
    if not self._is_signed_by(_signer, struct_hash, v, r, s):
        return False
    self.nonces[_signer] = nonce + 1
    allowed: bool = _signer == _channel or self.delegatedNotificationSenders[_channel][_signer]
    # A reader of the receipt takes the first log for the notification.
    if allowed:
        log SendNotification(channel=_channel, recipient=_recipient, identity=_identity)
    log NonceUsed(signer=_signer, nonce=nonce)
    return allowed


@external
def changeUserChannelSettings(_channel: address, _notifID: uint256, _notifSettings: String[MAX_SETTINGS]):
    """
    @notice Choose which of a channel's notifications the caller wants. Only for its subscribers.
    @param _notifID How many options follow.
    @param _notifSettings The options as the protocol writes them, like 1-0+2-0+3-1+4-98. Not parsed here.
    """
    if not self._is_subscribed(self._users[msg.sender], _channel, msg.sender):
        raw_revert(method_id("Comm_InvalidSubscriber()"))
    settings: String[MAX_STORED] = concat(uint2str(_notifID), "+", _notifSettings)
    self._store_settings(_channel, settings)
    log UserNotifcationSettingsAdded(
        _channel=_channel, _user=msg.sender, _notifID=_notifID, _notifSettings=settings
    )


@external
def verifyChannelAlias(_channelAddress: String[128]):
    """
    @notice Say that the caller is another name of a channel on Ethereum. Anyone may say it of any channel;
            it counts when that channel names the caller in turn.
    """
    log ChannelAlias(
        _chainName=chainName,
        _chainID=chainID,
        _channelOwnerAddress=msg.sender,
        _ethereumChannelAddress=_channelAddress,
    )


@external
def setGovernanceAddress(_governanceAddress: address):
    """
    @notice Name the governance address. It has no rights in this contract.
    """
    self._check_admin()
    previous: address = self.governance
    self.governance = _governanceAddress
    log GovernanceSet(previous=previous, governance=_governanceAddress)


@external
def setEPNSCoreAddress(_coreAddress: address):
    """
    @notice Name the Core contract, which may subscribe and unsubscribe anyone. Zero names none.
    """
    self._check_admin()
    previous: address = self.EPNSCoreAddress
    self.EPNSCoreAddress = _coreAddress
    log CoreSet(previous=previous, core=_coreAddress)


@external
def setPushTokenAddress(_tokenAddress: address):
    """
    @notice Name the PUSH token. It is not used in this contract.
    """
    self._check_admin()
    previous: address = self.PUSH_TOKEN_ADDRESS
    self.PUSH_TOKEN_ADDRESS = _tokenAddress
    log PushTokenSet(previous=previous, token=_tokenAddress)


@external
def transferPushChannelAdminControl(_newAdmin: address):
    """
    @notice Hand the admin role over, at once and without a second step: that is the protocol's function.
    """
    self._check_admin()
    previous: address = self.pushChannelAdmin
    if _newAdmin == empty(address) or _newAdmin == previous:
        raw_revert(abi_encode(_newAdmin, method_id=method_id("InvalidArgument_WrongAddress(address)")))
    self.pushChannelAdmin = _newAdmin
    log AdminSet(previous=previous, admin=_newAdmin)


@external
@view
def isUserSubscribed(_channel: address, _user: address) -> bool:
    """
    @notice Whether the user is subscribed to the channel.
    """
    return self._is_subscribed(self._users[_user], _channel, _user)


@external
@view
def users(_user: address) -> (bool, bool, uint256, uint256):
    """
    @return Whether the user ever subscribed; whether a public key is registered (never: that is the
            protocol's first version); the block of the first subscription; how many channels now.
    """
    word: uint256 = self._users[_user]
    return word != 0, False, (word >> START_AT) & START_MASK, (word >> COUNT_AT) & COUNT_MASK


@external
@view
def userToChannelNotifs(user: address, channel: address) -> String[MAX_STORED]:
    """
    @return The user's settings for the channel, or an empty string.
    """
    word: uint256 = self._settings[user][channel]
    size: uint256 = word & 255
    if size == LONG:
        return self._long_settings[user][channel]
    return convert(slice(convert(word, bytes32), 0, size), String[32])


@internal
def _subscribe(channel: address, user: address):
    word: uint256 = self._users[user]
    if self._is_subscribed(word, channel, user):
        return
    if word == 0:
        word = ACTIVATED | (block.number << START_AT)
        count: uint256 = self.usersCount
        self.mapAddressUsers[count] = user
        self.usersCount = count + 1
    if word & HAS_FIRST == 0:
        word |= HAS_FIRST | convert(channel, uint256)
    else:
        self._further[user][channel] = True
    self._users[user] = word + (1 << COUNT_AT)
    log Subscribe(channel=channel, user=user)


@internal
def _unsubscribe(channel: address, user: address):
    word: uint256 = self._users[user]
    if not self._is_subscribed(word, channel, user):
        return
    if self._is_first(word, channel):
        word &= ~(HAS_FIRST | ADDRESS_MASK)
    else:
        self._further[user][channel] = False
    self._users[user] = word - (1 << COUNT_AT)
    log Unsubscribe(channel=channel, user=user)


@internal
@view
def _is_subscribed(word: uint256, channel: address, user: address) -> bool:
    if self._is_first(word, channel):
        return True
    # Without a further channel there is no slot to read.
    first: uint256 = convert(word & HAS_FIRST != 0, uint256)
    return (word >> COUNT_AT) & COUNT_MASK > first and self._further[user][channel]


@internal
@pure
def _is_first(word: uint256, channel: address) -> bool:
    return word & HAS_FIRST != 0 and word & ADDRESS_MASK == convert(channel, uint256)


@internal
def _store_settings(channel: address, settings: String[MAX_STORED]):
    size: uint256 = len(settings)
    if size > SHORT:
        self._long_settings[msg.sender][channel] = settings
        self._settings[msg.sender][channel] = LONG
        return
    text: bytes32 = convert(convert(settings, Bytes[SHORT]), bytes32)
    self._settings[msg.sender][channel] = convert(text, uint256) | size


@internal
def _use_signature(
    typehash: bytes32,
    channel: address,
    subscriber: address,
    nonce: uint256,
    expiry: uint256,
    v: uint8,
    r: bytes32,
    s: bytes32,
):
    if subscriber == empty(address):
        raw_revert(abi_encode(subscriber, method_id=method_id("InvalidArgument_WrongAddress(address)")))
    if nonce != self.nonces[subscriber]:
        raw_revert(method_id("Comm_InvalidNonce()"))
    if block.timestamp > expiry:
        raw_revert(
            abi_encode(expiry, block.timestamp, method_id=method_id("Comm_TimeExpired(uint256,uint256)"))
        )
    struct_hash: bytes32 = keccak256(abi_encode(typehash, channel, subscriber, nonce, expiry))
    if not self._is_signed_by(subscriber, struct_hash, v, r, s):
        if subscriber.is_contract:
            raw_revert(method_id("Comm_InvalidSignature_FromContract()"))
        raw_revert(method_id("Comm_InvalidSignature_FromEOA()"))
    self.nonces[subscriber] = nonce + 1


@internal
@view
def _is_signed_by(signer: address, struct_hash: bytes32, v: uint8, r: bytes32, s: bytes32) -> bool:
    # This domain has no version, so it is not the one of the module.
    domain: bytes32 = keccak256(abi_encode(DOMAIN_TYPEHASH, NAME_HASH, chain.id, self))
    digest: bytes32 = signatures._digest(domain, struct_hash)
    return signatures._is_signed_by(signer, digest, concat(r, s, convert(v, bytes1)))


@internal
@view
def _check_admin():
    if msg.sender != self.pushChannelAdmin:
        raw_revert(method_id("CallerNotAdmin()"))


@internal
@view
def _check_core():
    if msg.sender != self.EPNSCoreAddress:
        raw_revert(abi_encode(msg.sender, method_id=method_id("UnauthorizedCaller(address)")))
