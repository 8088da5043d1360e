//! What an endpoint answers: a verdict, signed, and as old as its signature says.
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Map, Value};
use vestibule_kernel::secret::{Secret, hmac_sha256};
use vestibule_kernel::time::Time;

use super::{ActionType, Verdict};

/// How old an answer may be, or how far ahead its clock: what libraries allow a question.
const TOLERANCE_MILLIS: i64 = 30_000;
/// The longest text for whoever is denied.
const MESSAGE_CHARACTERS_MAX: usize = 500;
/// The fields of what is signed, in the order in which libraries sign them.
const SIGNED_FIELDS: [&str; 3] = ["timestamp", "verdict", "error_message"];

/// A verdict that can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub verdict: Verdict,
    /// What whoever is denied is told.
    pub error_message: Option<String>,
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no object with a payload and a signature.
    Form,
    /// It is the answer to the other kind of question.
    Object(ActionType),
    /// The payload was not signed with the secret of the endpoint.
    Signature,
    /// The payload was signed too long ago, or in the future.
    Stale,
    /// The payload has no verdict.
    Verdict,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Form => f.write_str(
                "The answer is no JSON object with object, payload (with a timestamp in \
                 milliseconds) and signature.",
            ),
            Self::Object(r#type) => {
                write!(f, "The object of the answer is not '{}'.", object(*r#type))
            }
            Self::Signature => f.write_str(
                "The signature does not fit: sign the payload with the secret of this action, and \
                 send it as it was signed.",
            ),
            Self::Stale => f.write_str(
                "The timestamp of the answer is over 30 seconds from now. Sign each answer anew, \
                 and set the clock.",
            ),
            Self::Verdict => f.write_str("The verdict is neither 'Allow' nor 'Deny'."),
        }
    }
}

#[derive(Deserialize)]
struct Body {
    object: String,
    payload: Map<String, Value>,
    signature: String,
}

/// Reads an answer that came at this instant of the machine's clock.
pub(super) fn read(
    body: &[u8],
    r#type: ActionType,
    secret: &Secret,
    now: Time,
) -> Result<Answer, Fault> {
    let Body { object: named, payload, signature } =
        serde_json::from_slice(body).map_err(|_| Fault::Form)?;
    if named != object(r#type) {
        return Err(Fault::Object(r#type));
    }
    let timestamp = payload.get("timestamp").and_then(Value::as_i64).ok_or(Fault::Form)?;
    let signed = |text: &String| {
        let expected = hmac_sha256(secret.reveal().as_bytes(), text.as_bytes());
        Secret::new(expected).matches(&signature)
    };
    if !spellings(timestamp, &payload).iter().any(signed) {
        return Err(Fault::Signature);
    }
    // A far timestamp of a stranger must not overflow.
    if now.millis().abs_diff(timestamp) > TOLERANCE_MILLIS.unsigned_abs() {
        return Err(Fault::Stale);
    }
    match payload.get("verdict").and_then(Value::as_str) {
        Some("Allow") => Ok(Answer { verdict: Verdict::Allow, error_message: None }),
        Some("Deny") => {
            let text = payload.get("error_message").and_then(Value::as_str).unwrap_or_default();
            Ok(Answer { verdict: Verdict::Deny, error_message: message(text) })
        }
        Some(_) | None => Err(Fault::Verdict),
    }
}

const fn object(r#type: ActionType) -> &'static str {
    match r#type {
        ActionType::Authentication => "authentication_action_response",
        ActionType::UserRegistration => "user_registration_action_response",
    }
}

/// The texts whose signature is taken for one of the payload. Libraries sign it as compact JSON, and
/// what carries it then may sort its fields, or write letters beyond ASCII otherwise than they did:
/// the same values, of which we have read no others.
fn spellings(timestamp: i64, payload: &Map<String, Value>) -> Vec<String> {
    let mut orders = vec![payload.clone()];
    if payload.keys().all(|it| SIGNED_FIELDS.contains(&it.as_str())) {
        let field = |name: &str| Some((name.to_owned(), payload.get(name)?.clone()));
        orders.push(SIGNED_FIELDS.iter().filter_map(|it| field(it)).collect());
    }
    let texts = orders.into_iter().map(|it| Value::Object(it).to_string());
    texts
        .flat_map(|it| [format!("{timestamp}.{it}"), format!("{timestamp}.{}", ascii(&it))])
        .collect()
}

/// The same JSON in ASCII alone.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() {
            text.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                text.push_str("\\u");
                text.push_str(&HEXLOWER.encode(&unit.to_be_bytes()));
            }
        }
    }
    text
}

/// A text as it may be shown: one line, and not too long. A denial is one whatever it says.
fn message(text: &str) -> Option<String> {
    let shown = text.chars().map(|it| if it.is_control() { ' ' } else { it });
    let shown: String = shown.take(MESSAGE_CHARACTERS_MAX).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_768_478_400_000;

    fn secret() -> Secret {
        Secret::new("actsec_1")
    }

    /// An answer whose payload was signed in this spelling and is sent in that one.
    fn signed(spelling: &str, sent: &str) -> Vec<u8> {
        let signature = hmac_sha256(b"actsec_1", format!("{NOW}.{spelling}").as_bytes());
        let object = "authentication_action_response";
        format!(r#"{{"object":"{object}","payload":{sent},"signature":"{signature}"}}"#)
            .into_bytes()
    }

    fn answered(body: &[u8]) -> Result<Answer, Fault> {
        let now = Time::from_millis(NOW);
        read(body, ActionType::Authentication, &secret(), now)
    }

    fn payload(timestamp: i64, verdict: &str) -> String {
        json!({ "timestamp": timestamp, "verdict": verdict }).to_string()
    }

    #[test]
    fn an_answer_is_read_as_libraries_and_frameworks_send_it() {
        let plain = r#"{"timestamp":1768478400000,"verdict":"Deny","error_message":"né 😀"}"#;
        let escaped = r#"{"timestamp":1768478400000,"verdict":"Deny","error_message":"n\u00e9 \ud83d\ude00"}"#;
        let sorted = r#"{ "error_message": "n\u00e9 😀",
                          "timestamp": 1768478400000, "verdict": "Deny" }"#;
        let wanted = Answer { verdict: Verdict::Deny, error_message: Some("né 😀".to_owned()) };
        for spelling in [plain, escaped] {
            for sent in [plain, escaped, sorted] {
                assert_eq!(answered(&signed(spelling, sent)), Ok(wanted.clone()), "{sent}");
            }
        }
        // Fields that we do not know, in the order in which they come.
        let newer = r#"{"timestamp":1768478400000,"verdict":"Allow","a":[1,{"b":null}]}"#;
        assert_eq!(answered(&signed(newer, newer)).map(|it| it.verdict), Ok(Verdict::Allow));
    }

    #[test]
    fn a_forged_or_altered_payload_is_none() {
        let deny = payload(NOW, "Deny");
        let allow = payload(NOW, "Allow");
        assert_eq!(answered(&signed(&deny, &allow)), Err(Fault::Signature));
        let added = r#"{"timestamp":1768478400000,"verdict":"Deny","verdict":"Allow"}"#;
        assert_eq!(answered(&signed(&deny, added)), Err(Fault::Signature));
        let extended = r#"{"timestamp":1768478400000,"verdict":"Deny","more":1}"#;
        assert_eq!(answered(&signed(&deny, extended)), Err(Fault::Signature));
        let unsigned = br#"{"object":"authentication_action_response","payload":
                            {"timestamp":1768478400000,"verdict":"Allow"},"signature":""}"#;
        assert_eq!(answered(unsigned), Err(Fault::Signature));
        let other = Secret::new("actsec_2");
        let read_by_other = read(
            &signed(&allow, &allow),
            ActionType::Authentication,
            &other,
            Time::from_millis(NOW),
        );
        assert_eq!(read_by_other, Err(Fault::Signature));
    }

    #[test]
    fn the_answer_to_the_other_question_is_none() {
        let allow = payload(NOW, "Allow");
        let read = read(
            &signed(&allow, &allow),
            ActionType::UserRegistration,
            &secret(),
            Time::from_millis(NOW),
        );
        assert_eq!(read, Err(Fault::Object(ActionType::UserRegistration)));
    }

    #[test]
    fn an_answer_is_good_for_thirty_seconds_in_either_direction() {
        let allow = payload(NOW, "Allow");
        let body = signed(&allow, &allow);
        for (later, good) in [(-30_001, false), (-30_000, true), (30_000, true), (30_001, false)] {
            let now = Time::from_millis(NOW + later);
            let read = read(&body, ActionType::Authentication, &secret(), now);
            assert_eq!(read.is_ok(), good, "{later} {read:?}");
        }
        for far in [i64::MIN, i64::MAX] {
            let text = payload(far, "Allow");
            let signature = hmac_sha256(b"actsec_1", format!("{far}.{text}").as_bytes());
            let body = json!({
                "object": "authentication_action_response", "signature": signature,
                "payload": { "timestamp": far, "verdict": "Allow" },
            });
            assert_eq!(answered(body.to_string().as_bytes()), Err(Fault::Stale));
        }
    }

    #[test]
    fn what_is_no_answer_is_none_and_nothing_else_happens() {
        let allow = payload(NOW, "Allow");
        for (body, fault) in [
            (b"".to_vec(), Fault::Form),
            (b"Allow".to_vec(), Fault::Form),
            (b"[]".to_vec(), Fault::Form),
            (vec![0xff, 0xfe], Fault::Form),
            (signed(&allow, "null"), Fault::Form),
            (signed(&allow, r#"{"verdict":"Allow"}"#), Fault::Form),
            (signed(&allow, r#"{"timestamp":"1","verdict":"Allow"}"#), Fault::Form),
            (signed(&allow, r#"{"timestamp":1e30,"verdict":"Allow"}"#), Fault::Form),
        ] {
            assert_eq!(answered(&body), Err(fault));
        }
        for verdict in ["allow", "ALLOW", "", "Maybe"] {
            let text = payload(NOW, verdict);
            assert_eq!(answered(&signed(&text, &text)), Err(Fault::Verdict));
        }
    }

    #[test]
    fn a_denial_holds_whatever_it_says() {
        let long = "x".repeat(2_000);
        for (said, shown) in [
            (json!(long), Some("x".repeat(500))),
            (json!("  two\nlines\u{0} "), Some("two lines".to_owned())),
            (json!("<b>no</b>"), Some("<b>no</b>".to_owned())),
            (json!(""), None),
            (json!(7), None),
            (Value::Null, None),
        ] {
            let text = json!({ "timestamp": NOW, "verdict": "Deny", "error_message": said });
            let text = text.to_string();
            let wanted = Answer { verdict: Verdict::Deny, error_message: shown };
            assert_eq!(answered(&signed(&text, &text)), Ok(wanted));
        }
    }
}
