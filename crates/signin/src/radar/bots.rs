//! Programs that say they are programs: crawlers, scripts and browsers without a screen.
//!
//! Whoever wants to hide says something else, so this finds the careless ones alone. A list of every
//! program's name would be old on the day it is made: what browsers have in common is not.

/// What programs call themselves, in lower case.
const PROGRAMS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "scrap",
    "http",
    "headless",
    "phantomjs",
    "electron",
    "curl",
    "wget",
    "python",
    "java/",
    "go-http",
    "okhttp",
    "axios",
    "node-fetch",
    "undici",
    "libwww",
    "monitor",
    "preview",
    "checker",
    "selenium",
    "puppeteer",
    "playwright",
];
/// What browsers have their pages drawn by, in lower case.
const ENGINES: &[&str] =
    &["gecko", "webkit", "trident", "msie", "presto", "konqueror", "lynx", "links", "netsurf"];

/// Whether what somebody comes with says that it is a program. Who says nothing at all is one too.
pub fn is_one(user_agent: &str) -> bool {
    let text = user_agent.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|it| text.contains(it));
    says(PROGRAMS) || !says(ENGINES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_browsers() {
        for agent in [
            "",
            "curl/8.5.0",
            "python-requests/2.32.3",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
             HeadlessChrome/126.0.0.0 Safari/537.36",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        ] {
            assert!(is_one(agent), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/126.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
             (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        ] {
            assert!(!is_one(agent), "{agent}");
        }
    }
}
