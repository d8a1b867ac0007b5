"""The publisher: draws credentials by design plugins in confined processes and writes their Open Badges documents."""
