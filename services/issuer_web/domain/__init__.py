"""What the forms mean, without a framework."""
