//! Writes every page with sample data to a folder, for eyes and for screenshots:
//! `cargo run -p vestibule-pages --example preview -- /tmp/preview '#0f766e'`

use std::{env, fs, path::Path};

use vestibule_pages::branding::Colour;
use vestibule_pages::{assets, inbox, render::Frame};

#[path = "../tests/it/samples/mod.rs"]
mod samples;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder to write to")?;
    let mut branding = samples::branding();
    if let Some(accent) = arguments.next() {
        branding.accent = Colour::parse(&accent).ok_or("the accent must look like #0f766e")?;
    }
    let frame = Frame::new(&branding, samples::BRANDING_PATH);
    for (name, html) in samples::all(&frame) {
        write(&folder, &format!("{name}.html"), &html?)?;
    }
    for asset in assets::all() {
        write(&folder, &asset.path, asset.body)?;
    }
    write(&folder, samples::BRANDING_PATH, &branding.stylesheet())?;
    let letter = inbox::letter_document("<p>Hello Ada, <a href='/sign-in'>choose a password</a>.");
    write(&folder, "/dev/inbox/mail_03/html", &letter)?;
    Ok(())
}

fn write(folder: &str, path: &str, content: &str) -> std::io::Result<()> {
    let path = Path::new(folder).join(path.trim_start_matches('/'));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content)
}
