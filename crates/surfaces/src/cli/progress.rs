//! What moves on the screen while something takes long: for a person at a terminal, and nobody else.
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use vestibule_kernel::progress::Part;

use super::mode::Mode;

/// How often the screen is drawn anew.
const TICK: Duration = Duration::from_millis(120);

/// Something that takes long. It leaves nothing on the screen.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Of which nobody knows how long.
    pub fn waiting(text: &str) -> Self {
        Self::shown("{spinner} {msg} {elapsed}", None, text)
    }
    /// Of so many parts.
    pub fn of(parts: u64, text: &str) -> Self {
        Self::shown("{msg} [{bar:30}] {pos}/{len} {eta}", Some(parts), text)
    }
    fn shown(template: &str, parts: Option<u64>, text: &str) -> Self {
        if Mode::current() != Mode::Human || !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::new(parts.unwrap_or_default());
        // A template that is wrong shows the usual one.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(text.to_owned());
        bar.enable_steady_tick(TICK);
        Self(Some(bar))
    }
    /// So many parts are done, of so many that there are.
    pub fn is_at(&self, Part { done, of }: Part) {
        if let Some(bar) = &self.0 {
            bar.set_length(of);
            bar.set_position(done);
        }
    }
    /// What it is about now.
    pub fn tell(&self, text: String) {
        if let Some(bar) = &self.0 {
            bar.set_message(text);
        }
    }
    /// So many more parts are done.
    pub fn advance(&self, parts: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(parts);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
