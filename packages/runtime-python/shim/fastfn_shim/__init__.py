"""The Python program of FastFN's worker protocol (PROTOCOL.md): a fork server and the workers it makes."""
