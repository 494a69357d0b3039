"""What the contracts cost in gas, beside what others cost: python -m bench.gas."""
