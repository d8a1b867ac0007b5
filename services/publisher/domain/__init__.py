"""What an artwork, an email, a document and an edition are; no bus, no processes."""
