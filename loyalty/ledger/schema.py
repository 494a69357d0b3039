"""The ledger's tables. The migrations make them; a test compares the two.

Addresses and hashes are lower-case hex text; times are unix seconds, UTC; money is wei, as text where 64 bits do not hold it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

HEAD = "0007"
"""The newest migration: a ledger at another version is migrated when it is opened."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite gives rowids to INTEGER alone; PostgreSQL needs 64 bits for a ledger that lives long.
Id = BigInteger().with_variant(Integer, "sqlite")

# A key's beginning is looked up as a range: of code points, whatever language the database sorts in.
Key = String(240).with_variant(String(240, collation="C"), "postgresql")

facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

customers = Table(
    "customers",
    metadata,
    Column("customer_id", String(200), primary_key=True),
    Column("attributes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# A customer has many wallets; what is owed to the customer goes to the one with the highest id.
wallets = Table(
    "wallets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", String(42), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customers.customer_id"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
)

# One thing owed to one wallet, under a key. What happened to it once it is in a batch is the batch's state.
operations = Table(
    "operations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Key, nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    # What a batch of this kind has in common: an event's number, a token id; empty where there is nothing.
    Column("subject", String(80), nullable=False),
    Column("wallet", String(42), nullable=False),
    Column("customer_id", String(200)),
    Column("amount", BigInteger, nullable=False),
    Column("args", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("batch_id", ForeignKey("batches.id"), index=True),
    Column("position", Integer),
    Column("created_at", BigInteger, nullable=False),
    # The epoch that an earned award is paid in.
    Column("epoch", Integer),
    Index("ix_operations_due", "state", "kind", "subject", "id"),
    Index("ix_operations_wallet", "wallet"),
)

# One contract call. The number is what the contract spends; it and the nonce are never given twice.
batches = Table(
    "batches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chain_id", BigInteger, nullable=False),
    Column("signer", String(42), nullable=False),
    Column("nonce", BigInteger),
    Column("contract", String(42), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("number", BigInteger),
    Column("count", Integer, nullable=False),
    Column("calldata", LargeBinary, nullable=False),
    Column("gas", BigInteger, nullable=False),
    Column("state", String(12), nullable=False, index=True),
    Column("tx_hash", String(66)),
    Column("block_number", BigInteger),
    Column("block_hash", String(66)),
    Column("gas_used", BigInteger),
    Column("gas_price", BigInteger),
    Column("reason", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("chain_id", "signer", "nonce"),
    UniqueConstraint("chain_id", "signer", "contract", "number"),
)

# Every set of signed bytes that was ever made, so that every hash that may be mined is known.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("batch_id", ForeignKey("batches.id"), nullable=False, index=True),
    Column("nonce", BigInteger, nullable=False),
    Column("tx_hash", String(66), nullable=False, unique=True),
    Column("raw", LargeBinary, nullable=False),
    Column("max_fee", BigInteger, nullable=False),
    Column("priority_fee", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("empty", Boolean, nullable=False, server_default=false()),
)

deployments = Table(
    "deployments",
    metadata,
    Column("chain_id", BigInteger, primary_key=True),
    Column("noun", String(20), primary_key=True),
    Column("address", String(42), nullable=False),
    Column("block_number", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# POAP events by number, with what people call them.
events = Table(
    "events",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("uri", Text, nullable=False),
    Column("soulbound", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# Badges signed away, each under a number that its issuer's contract accepts once: to a wallet (a voucher), or to whoever
# has the key of a link. The key's address is here; the key itself is in the link alone.
promises = Table(
    "promises",
    metadata,
    Column("id", Id, primary_key=True),
    Column("chain_id", BigInteger, nullable=False),
    Column("contract", String(42), nullable=False),
    Column("issuer", String(42), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("event", Integer, nullable=False),
    Column("account", String(42), nullable=False),
    Column("link", Boolean, nullable=False),
    Column("customer_id", String(200)),
    Column("deadline", BigInteger, nullable=False),
    # A link that can no longer be used, and whose customer may be given another.
    Column("freed", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("chain_id", "contract", "issuer", "number"),
    Index("ix_promises_event", "event", "account"),
)

# Warranty terms by number: one row for each (product, periods, transfer policy, rules of claims) that was ever sold.
# Standing terms are what a product gets where a sale says nothing else: those with the highest number in this column.
terms = Table(
    "terms",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("product", String(200), nullable=False),
    Column("legal_months", Integer, nullable=False),
    Column("commercial_months", Integer, nullable=False),
    Column("transfers", Integer, nullable=False),
    Column("uri", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("max_claims", Integer, nullable=False, server_default="0"),
    Column("cooldown_days", Integer, nullable=False, server_default="0"),
    Column("repair_months", Integer, nullable=False, server_default="0"),
    Column("recovery_days", Integer, nullable=False, server_default="0"),
    Column("standing", Integer, nullable=False, server_default="0"),
)

# A brand's own names for what was made together, by the number that the chain has for it.
productions = Table(
    "productions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
)

# The serial and the salt of each warranty: the chain holds only their hash, the token id. Destroying a salt unlinks it.
serials = Table(
    "serials",
    metadata,
    Column("serial", String(100), primary_key=True),
    Column("salt", String(66), nullable=False),
    Column("token_id", String(66), nullable=False, unique=True),
    Column("terms", ForeignKey("terms.number"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# Awards that a signature pays: whoever holds the voucher can put it on chain, once. The number is the message's own, a
# decimal of up to 78 digits.
vouchers = Table(
    "vouchers",
    metadata,
    Column("key", String(240), primary_key=True),
    Column("chain_id", BigInteger, nullable=False),
    Column("contract", String(42), nullable=False),
    Column("issuer", String(42), nullable=False),
    Column("number", String(78), nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("deadline", BigInteger, nullable=False),
    Column("signature", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("chain_id", "contract", "issuer", "number"),
)

# What each wallet has earned in all, as of each epoch it earned in: the leaves of an epoch's tree are each wallet's
# newest row up to it.
earned = Table(
    "earned",
    metadata,
    Column("wallet", String(42), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("cumulative", BigInteger, nullable=False),
)

# Whose turn it is to send for a signer: the token grows with each lease.
lanes = Table(
    "lanes",
    metadata,
    Column("chain_id", BigInteger, primary_key=True, autoincrement=False),
    Column("signer", String(42), primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("holder", String(200), nullable=False),
    Column("since", BigInteger, nullable=False),
)

# The events of the contracts, as the node gave them: whatever is told from them can be made again from these rows, and
# these from the chain. Topics one after another, 32 bytes each.
logs = Table(
    "logs",
    metadata,
    Column("chain_id", BigInteger, primary_key=True, autoincrement=False),
    Column("address", String(42), primary_key=True),
    Column("block_number", BigInteger, primary_key=True, autoincrement=False),
    Column("log_index", Integer, primary_key=True, autoincrement=False),
    Column("block_hash", LargeBinary, nullable=False),
    Column("tx_hash", LargeBinary, nullable=False),
    Column("topics", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    # In the order of the key, and once: they are read in that order, and there are millions.
    sqlite_with_rowid=False,
)

# How far a contract's events were read: every block up to this one, which had this hash.
cursors = Table(
    "cursors",
    metadata,
    Column("chain_id", BigInteger, primary_key=True, autoincrement=False),
    Column("address", String(42), primary_key=True),
    Column("block_number", BigInteger, nullable=False),
    Column("block_hash", String(66), nullable=False),
)

# What a backend is to be told: one row for each operation that was confirmed, failed or reorganised away. Without a time
# for the next try it was told, or given up (then ``error`` says why).
notices = Table(
    "notices",
    metadata,
    Column("id", Id, primary_key=True),
    Column("operation_id", ForeignKey("operations.id"), nullable=False),
    Column("event", String(12), nullable=False),
    Column("tx_hash", String(66)),
    Column("reason", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", BigInteger),
    Column("error", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_notices_next_at", "next_at"),
)
