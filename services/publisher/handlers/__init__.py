"""What the publisher does, as plain functions and classes whose dependencies are passed in."""
