//! The names that the contract has for what Radar deals with.
use crate::sessions::{Kind, Method};

names! {
    /// What is tried.
    Action {
        /// To make an account.
        SignUp = "sign-up",
        /// To sign in.
        SignIn = "sign-in",
    }
    /// By what somebody proves who they are.
    AuthMethod {
        /// A password.
        Password = "Password",
        /// A passkey.
        Passkey = "Passkey",
        /// An authenticator app.
        Authenticator = "Authenticator",
        /// A code by text message.
        SmsOtp = "SMS_OTP",
        /// A code by mail.
        EmailOtp = "Email_OTP",
        /// An account at a social provider.
        Social = "Social",
        /// Single sign-on.
        Sso = "SSO",
        /// Anything else.
        Other = "Other",
    }
    /// What is to be done with an attempt, from the mildest to the strictest.
    Verdict {
        /// It goes on.
        Allow = "allow",
        /// It goes on after a further proof.
        Challenge = "challenge",
        /// It ends.
        Block = "block",
    }
    /// What was noticed.
    Control {
        /// A program, by its own word.
        BotDetection = "bot_detection",
        /// Guessing, at one account or at many.
        BruteForceAttack = "brute_force_attack",
        /// One person or place that makes many accounts.
        RepeatSignUp = "repeat_sign_up",
        /// An account that nobody has used for long.
        StaleAccount = "stale_account",
        /// A device with which nobody has signed in to the account.
        UnrecognizedDevice = "unrecognized_device",
        /// Something that is on a list.
        Restriction = "restriction",
    }
    /// What a list is about.
    ListType {
        /// Addresses on the internet, and networks.
        IpAddress = "ip_address",
        /// Domains of e-mail addresses, with all below them.
        Domain = "domain",
        /// E-mail addresses.
        Email = "email",
        /// Devices, by the ID that the application gives.
        Device = "device",
        /// Browsers and programs, by all that they say of themselves.
        UserAgent = "user_agent",
        /// Devices, by what attempts tell of them.
        DeviceFingerprint = "device_fingerprint",
        /// Countries. Nothing here knows where an address is, so these match nothing.
        Country = "country",
    }
    /// What is done with what is on a list.
    ListAction {
        /// It is let in, whatever else is noticed.
        Allow = "allow",
        /// It is not let in.
        Block = "block",
    }
}

impl AuthMethod {
    /// That of a sign-in.
    pub const fn of(method: Method) -> Self {
        match method.kind() {
            Kind::Password => Self::Password,
            Kind::MagicCode => Self::EmailOtp,
            Kind::Passkey => Self::Passkey,
            Kind::Sso => Self::Sso,
            Kind::Oauth | Kind::ExternalAuth => Self::Social,
            Kind::CrossAppAuth | Kind::Impersonation | Kind::MigratedSession | Kind::Unknown => {
                Self::Other
            }
        }
    }
}
