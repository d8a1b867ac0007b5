"""What the store stands on: the database, hashing, wrapped keys. Only modules in here import pymongo."""
