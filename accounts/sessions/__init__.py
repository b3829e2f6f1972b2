"""Who is signed in where: kept in the co-op's own tables, so that it can be seen and ended."""
