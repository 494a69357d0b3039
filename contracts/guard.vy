# pragma version ~=0.4.3
"""
@title Guard
@license Apache-2.0
@notice A guardian who can pause and stop, and nothing else. A pause ends by itself, so that a lost key
        cannot lock a contract for good; only the owner ends it early.
"""
from . import ownership
uses: ownership

MAX_PAUSE: constant(uint256) = 30 * 86400

guardian: public(address)
# The first second at which the contract runs again.
paused_until: public(uint256)


event GuardianSet:
    previous: indexed(address)
    guardian: indexed(address)


event Paused:
    by: indexed(address)
    until: uint256


event Unpaused:
    by: indexed(address)


@external
def set_guardian(guardian: address):
    """
    @notice Replace the guardian. Zero leaves none; the owner can always pause.
    """
    ownership._check_owner()
    previous: address = self.guardian
    self.guardian = guardian
    log GuardianSet(previous=previous, guardian=guardian)


@external
def pause(duration: uint256):
    """
    @notice Pause from now on. A pause that already lasts longer is left as it is.
    @param duration Seconds, at most 30 days.
    """
    self._check_guardian()
    assert duration > 0, "guard: no duration"
    assert duration <= MAX_PAUSE, "guard: pause is too long"
    # Only the owner may end a pause early, so a shorter one must not replace a longer one.
    until: uint256 = max(self.paused_until, block.timestamp + duration)
    self.paused_until = until
    log Paused(by=msg.sender, until=until)


@external
def unpause():
    """
    @notice End a pause before its time.
    """
    ownership._check_owner()
    self.paused_until = 0
    log Unpaused(by=msg.sender)


@internal
@view
def _check_running():
    assert block.timestamp >= self.paused_until, "guard: paused"


@internal
@view
def _check_guardian():
    assert msg.sender == self.guardian or msg.sender == ownership.owner, "guard: caller is not the guardian"
