//! Writes every page and, below `mails`, every mail with sample data to a folder, for eyes and for
//! screenshots:
//! `cargo run -p vestibule-pages --example preview -- /tmp/preview de '#0f766e'`

use std::{env, fs, path::Path};

use vestibule_branding::{Branding, Colour};
use vestibule_kernel::id::MessageId;
use vestibule_kernel::time::Time;
use vestibule_languages::Language;
use vestibule_messages::{Letter, Style};
use vestibule_pages::look::Sheet;
use vestibule_pages::render::{Files, Frame};
use vestibule_pages::{assets, inbox};

#[path = "../tests/it/samples/mod.rs"]
mod samples;

#[path = "../../messages/tests/it/samples.rs"]
mod mails;

/// When the mails are written.
const NOON: Time = Time::from_millis(1_768_478_400_000);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder to write to")?;
    let language: Language = arguments.next().as_deref().unwrap_or("en").parse()?;
    let accent = arguments.next().map(|it| Colour::parse(&it).ok_or("write it like #0f766e"));
    let branding = Branding { accent_color: accent.transpose()?, ..samples::branding() };
    let [light, dark] = [Sheet::Light, Sheet::Dark].map(|it| it.text(&branding));
    let files = Files {
        light: Some("/branding/light.css".to_owned()),
        dark: Some("/branding/dark.css".to_owned()),
        ..Files::default()
    };
    let frame = Frame::new(&branding, files).in_language(language);
    for (name, html) in samples::all(&frame) {
        write(&folder, &format!("{name}.html"), &html?)?;
    }
    for asset in assets::all() {
        write(&folder, &asset.path, asset.body)?;
    }
    write(&folder, "/branding/light.css", &light)?;
    write(&folder, "/branding/dark.css", &dark)?;
    for (name, mail) in mails::all() {
        // Only what works for a while says for how long.
        let works = mail.code().or(mail.url()).is_some();
        let letter = Letter {
            id: MessageId::parse("message_01")?,
            to: "ada@acme.test".to_owned(),
            language,
            organization_id: None,
            mail,
            created_at: NOON,
            expires_at: works.then(|| NOON.plus_seconds(15 * 60)),
        };
        let style = Style { branding: branding.clone(), logo: None };
        let written = vestibule_messages::write(&letter, &style)?;
        write(&folder, &format!("mails/{name}.html"), &written.html)?;
        write(&folder, &format!("mails/{name}.txt"), &written.text)?;
    }
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
