"""What the dashboard does, as plain functions over the bus's port."""
