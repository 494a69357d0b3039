"""Badges by voucher and by link; terms with rules of claims; productions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "promises",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("issuer", sa.String(length=42), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("link", sa.Boolean(), nullable=False),
        sa.Column("customer_id", sa.String(length=200), nullable=True),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("freed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
        sa.UniqueConstraint(
            "chain_id", "contract", "issuer", "number", name=op.f("uq_promises_chain_id_contract_issuer_number")
        ),
    )
    op.create_index("ix_promises_event", "promises", ["event", "account"], unique=False)
    op.create_table(
        "productions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_productions")),
        sa.UniqueConstraint("name", name=op.f("uq_productions_name")),
    )
    # Nothing that was sold before had such rules.
    for name in ("max_claims", "cooldown_days", "repair_months", "recovery_days", "standing"):
        op.add_column("terms", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
