//! The readers of the catalogue: REST, OpenAPI, MCP and the command line.
