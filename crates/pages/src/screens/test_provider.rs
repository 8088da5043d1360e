//! The page of the test identity provider of a sandbox: for developers, and so in English alone.
use serde::Serialize;

use super::Form;

/// Who somebody is to be at the test identity provider.
#[derive(Serialize)]
pub struct TestProvider {
    /// Takes the choice
    pub form: Form,
    /// The name of the connection
    pub connection: String,
    /// The name of its organization
    pub organization: String,
    /// Who can be chosen
    pub people: Vec<TestPerson>,
    /// What was typed, or is known
    pub typed: Typed,
    /// Whether the fields are open, since nobody else can be chosen or something was typed
    pub open: bool,
    /// Where somebody goes who turns back
    pub refuse_path: String,
}

/// Somebody who can be chosen.
#[derive(Serialize)]
pub struct TestPerson {
    /// The id at the identity provider
    pub idp_id: String,
    /// The name, or else the address
    pub name: String,
    /// The letter that stands for them
    pub initial: String,
    /// The address
    pub email: String,
    /// The groups, in one line
    pub groups: String,
    /// Whether the application has named them
    pub expected: bool,
}

/// What is typed of somebody who is not among them.
#[derive(Default, Serialize)]
pub struct Typed {
    /// The address
    pub email: String,
    /// The given name
    pub first_name: String,
    /// The family name
    pub last_name: String,
    /// The groups, with commas between
    pub groups: String,
}
