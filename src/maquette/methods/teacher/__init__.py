"""A teacher: a network that knows joints in pictures already labels pictures that others then learn from."""
