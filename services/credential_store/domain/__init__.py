"""Rules of the store that need no database: scopes, states, texts, search, indexes."""
