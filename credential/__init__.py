"""What a credential is, in both directions: facts to bytes and bytes to facts. Pure: no clock, no I/O."""
