"""Which signed bytes do nothing but spend a nonce."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("empty", sa.Boolean(), server_default=sa.false(), nullable=False))
