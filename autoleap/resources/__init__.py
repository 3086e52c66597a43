"""One thin file a resource: arguments in, a generated function called, its result out."""
