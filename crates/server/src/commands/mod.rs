//! The commands beside `serve`.
use vestibule_kernel::Result;
use vestibule_kernel::catalog::Catalog;
use vestibule_kernel::db::MIGRATIONS;
use vestibule_surfaces::cli::Progress;
use vestibule_surfaces::{openapi, reference};

use crate::config::Settings;
use crate::{catalog, program, say};

pub mod audit;
pub mod backup;
pub mod doctor;
pub mod environments;
pub mod keys;

/// Brings the database to this program's version.
pub fn migrate(settings: &Settings) -> Result<()> {
    let db = program::database(settings)?;
    let progress = Progress::waiting("Bringing the database to this version");
    let taken = db.migrate(MIGRATIONS)?;
    drop(progress);
    if taken.is_empty() {
        say(&format!("{} is up to date: {} steps.", db.engine(), MIGRATIONS.len()));
    }
    for step in taken {
        say(&format!("Took step {step}."));
    }
    Ok(())
}

/// Prints the OpenAPI document.
pub fn openapi() {
    let catalog = Catalog::new(&catalog::operations());
    let document = openapi::document(&catalog, "http://127.0.0.1:4100");
    say(&format!("{document:#}"));
}

/// Prints the reference.
pub fn reference() {
    let catalog = Catalog::new(&catalog::operations());
    say(reference::page(&catalog).trim_end());
}
