//! The readers of the catalogue: REST, OpenAPI, MCP and the command line. They know no domain.
pub mod actions;
pub mod cli;
pub mod client;
pub mod connections;
pub mod gateway;
pub mod login;
pub mod lua;
pub mod mcp;
pub mod openapi;
pub mod reference;
pub mod rest;
