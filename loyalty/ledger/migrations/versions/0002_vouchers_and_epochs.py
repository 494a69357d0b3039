"""Awards by voucher and by epoch."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "vouchers",
        sa.Column("key", sa.String(length=240), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.Column("issuer", sa.String(length=42), nullable=False),
        sa.Column("number", sa.String(length=78), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_vouchers")),
        sa.UniqueConstraint(
            "chain_id", "contract", "issuer", "number", name=op.f("uq_vouchers_chain_id_contract_issuer_number")
        ),
    )
    op.create_table(
        "earned",
        sa.Column("wallet", sa.String(length=42), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("cumulative", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("wallet", "epoch", name=op.f("pk_earned")),
    )
    op.add_column("operations", sa.Column("epoch", sa.Integer(), nullable=True))
