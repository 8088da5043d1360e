//! What is noticed of an attempt, and what becomes of it, decided from facts alone.
use super::names::{Control, ListAction, ListType, Verdict};
use super::policy::{RadarPolicy, Response};

/// How many tries at one account may fail, within [`TRIES_SECONDS`].
pub const TRIES_MAX: i64 = 5;
/// Within which time those count.
pub const TRIES_SECONDS: i64 = 15 * 60;
/// At how many accounts tries from one place may fail, within [`ACCOUNTS_SECONDS`].
pub const ACCOUNTS_MAX: i64 = 10;
/// Within which time those count.
pub const ACCOUNTS_SECONDS: i64 = 60 * 60;
/// How many accounts one mailbox may make, however its address is written.
pub const SIGN_UPS_OF_MAILBOX_MAX: i64 = 3;
/// How many accounts one place may make, within [`SIGN_UPS_SECONDS`].
pub const SIGN_UPS_FROM_PLACE_MAX: i64 = 10;
/// Within which time those count.
pub const SIGN_UPS_SECONDS: i64 = 24 * 60 * 60;
/// After how long an account is stale that nobody uses.
pub const STALE_DAYS: i64 = 60;

/// What is seen of an attempt before anybody has proved who they are. Nothing of it depends on
/// whether there is an account.
#[derive(Clone, Debug, Default)]
pub struct Signs {
    /// On which list it is.
    pub listed: Option<(ListAction, ListType)>,
    /// Whether the browser says that it is a program.
    pub bot: bool,
    /// Whether addresses of its domain are thrown away, and it is to make an account.
    pub disposable: bool,
    /// How many tries at the account have failed; none from a device that is known there.
    pub tries: i64,
    /// At how many accounts tries from the same place have failed.
    pub accounts: i64,
    /// How many accounts the mailbox has made, where it is to make another.
    pub sign_ups_of_mailbox: i64,
    /// How many accounts the place has made, where it is to make another.
    pub sign_ups_from_place: i64,
}

/// What is known of the account.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing {
    /// Whether people have signed in to it, but not with this device.
    pub device_is_new: bool,
    /// Whether nobody has used it for long.
    pub is_stale: bool,
}

/// What was noticed, and what becomes of the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What becomes of it.
    pub verdict: Verdict,
    /// What was noticed, if anything.
    pub control: Option<Control>,
    /// The list that it is on.
    pub blocklist_type: Option<ListType>,
}

impl Finding {
    /// Nothing was noticed.
    pub const NOTHING: Self = Self { verdict: Verdict::Allow, control: None, blocklist_type: None };

    const fn of(verdict: Verdict, control: Control) -> Self {
        Self { verdict, control: Some(control), blocklist_type: None }
    }

    /// The stricter of two; of two that are as strict, the first that noticed something.
    pub fn or_stricter(self, other: Self) -> Self {
        let rank = |it: Self| (it.verdict, it.control.is_some());
        if rank(other) > rank(self) { other } else { self }
    }
}

/// Decides from what is seen.
pub fn find(policy: &RadarPolicy, signs: &Signs) -> Finding {
    match signs.listed {
        Some((ListAction::Allow, _)) => return Finding::NOTHING,
        Some((ListAction::Block, r#type)) => return restriction(Verdict::Block, r#type),
        None => {}
    }
    let many_tries = signs.tries >= TRIES_MAX || signs.accounts >= ACCOUNTS_MAX;
    let many_sign_ups = signs.sign_ups_of_mailbox >= SIGN_UPS_OF_MAILBOX_MAX
        || signs.sign_ups_from_place >= SIGN_UPS_FROM_PLACE_MAX;
    let found = strictest(&[
        (signs.bot, policy.bot_detection, Control::BotDetection),
        (many_tries, policy.brute_force_attack, Control::BruteForceAttack),
        (many_sign_ups, policy.repeat_sign_up, Control::RepeatSignUp),
    ]);
    let disposable = policy.disposable_domain.verdict().filter(|_| signs.disposable);
    let disposable = disposable.map(|it| restriction(it, ListType::Domain));
    found.or_stricter(disposable.unwrap_or(Finding::NOTHING))
}

/// Decides from what is known of the account, for somebody who has proved that it is theirs.
pub fn find_of_account(policy: &RadarPolicy, standing: Standing) -> Finding {
    strictest(&[
        (standing.device_is_new, policy.unrecognized_device, Control::UnrecognizedDevice),
        (standing.is_stale, policy.stale_account, Control::StaleAccount),
    ])
}

fn strictest(signs: &[(bool, Response, Control)]) -> Finding {
    let seen = signs.iter().filter(|it| it.0);
    let findings = seen.filter_map(|it| Some(Finding::of(it.1.verdict()?, it.2)));
    findings.fold(Finding::NOTHING, Finding::or_stricter)
}

const fn restriction(verdict: Verdict, r#type: ListType) -> Finding {
    Finding { verdict, control: Some(Control::Restriction), blocklist_type: Some(r#type) }
}

/// The mailbox that an address leads to: without what its owner can vary at will, so that many
/// addresses of one person count as one.
pub fn mailbox(email: &str) -> String {
    let folded = vestibule_people::users::fold(email);
    let Some((local, domain)) = folded.rsplit_once('@') else { return folded };
    let (plain, _) = local.split_once('+').unwrap_or((local, ""));
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", plain.replace('.', "")),
        _ => format!("{plain}@{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOT: fn() -> Signs = || Signs { bot: true, ..Signs::default() };

    fn policy() -> RadarPolicy {
        RadarPolicy {
            bot_detection: Response::Challenge,
            brute_force_attack: Response::Block,
            repeat_sign_up: Response::Challenge,
            disposable_domain: Response::Block,
            unrecognized_device: Response::Log,
            stale_account: Response::Challenge,
            ..RadarPolicy::default()
        }
    }

    #[test]
    fn the_strictest_response_decides() {
        assert_eq!(find(&policy(), &Signs::default()), Finding::NOTHING);
        let bot = find(&policy(), &BOT());
        assert_eq!(bot, Finding::of(Verdict::Challenge, Control::BotDetection));
        let both = find(&policy(), &Signs { tries: TRIES_MAX, ..BOT() });
        assert_eq!(both, Finding::of(Verdict::Block, Control::BruteForceAttack));
        let both = find(&policy(), &Signs { disposable: true, ..BOT() });
        assert_eq!(both, restriction(Verdict::Block, ListType::Domain));
    }

    #[test]
    fn what_is_off_is_not_noticed_and_what_is_logged_is_let_in() {
        let off = RadarPolicy { bot_detection: Response::Off, ..policy() };
        assert_eq!(find(&off, &BOT()), Finding::NOTHING);
        let log = RadarPolicy { bot_detection: Response::Log, ..policy() };
        assert_eq!(find(&log, &BOT()), Finding::of(Verdict::Allow, Control::BotDetection));
    }

    #[test]
    fn lists_come_before_all_else() {
        let on = |action| Signs { listed: Some((action, ListType::Email)), ..BOT() };
        assert_eq!(find(&policy(), &on(ListAction::Allow)), Finding::NOTHING);
        let blocked = find(&policy(), &on(ListAction::Block));
        assert_eq!(blocked, restriction(Verdict::Block, ListType::Email));
    }

    #[test]
    fn each_bound_is_the_number_that_is_too_many() {
        let noticed = |signs: Signs| find(&policy(), &signs).control;
        let none = Signs::default;
        assert_eq!(noticed(Signs { tries: TRIES_MAX - 1, ..none() }), None);
        assert_eq!(noticed(Signs { accounts: ACCOUNTS_MAX - 1, ..none() }), None);
        let accounts = Signs { accounts: ACCOUNTS_MAX, ..none() };
        assert_eq!(noticed(accounts), Some(Control::BruteForceAttack));
        let mailbox = SIGN_UPS_OF_MAILBOX_MAX;
        assert_eq!(noticed(Signs { sign_ups_of_mailbox: mailbox - 1, ..none() }), None);
        let many = Signs { sign_ups_of_mailbox: mailbox, ..none() };
        assert_eq!(noticed(many), Some(Control::RepeatSignUp));
        let many = Signs { sign_ups_from_place: SIGN_UPS_FROM_PLACE_MAX, ..none() };
        assert_eq!(noticed(many), Some(Control::RepeatSignUp));
    }

    #[test]
    fn an_account_is_looked_at_as_its_policy_says() {
        let found = |device_is_new, is_stale| {
            find_of_account(&policy(), Standing { device_is_new, is_stale })
        };
        assert_eq!(found(false, false), Finding::NOTHING);
        assert_eq!(found(true, false), Finding::of(Verdict::Allow, Control::UnrecognizedDevice));
        assert_eq!(found(true, true), Finding::of(Verdict::Challenge, Control::StaleAccount));
    }

    #[test]
    fn one_person_has_one_mailbox_however_its_address_is_written() {
        for (email, at) in [
            ("Ada+1@Example.test", "ada@example.test"),
            ("a.da@example.test", "a.da@example.test"),
            ("A.d.a+x@Googlemail.com", "ada@gmail.com"),
            ("ada", "ada"),
        ] {
            assert_eq!(mailbox(email), at);
        }
    }
}
