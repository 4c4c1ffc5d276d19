return { name = "tiny" }
