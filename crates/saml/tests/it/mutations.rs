//! Whatever is done to a signed document, it says the same or nothing.

use std::sync::OnceLock;

use proptest::prelude::*;

use crate::identity_provider::*;

fn signed() -> &'static [String; 3] {
    static SIGNED: OnceLock<[String; 3]> = OnceLock::new();
    SIGNED.get_or_init(|| [saying().signed(), saying().signed_around(), saying().signed_twice()])
}

fn says_the_same_or_nothing(changed: &[u8]) {
    use base64::Engine;
    let encoded = base64::engine::general_purpose::STANDARD.encode(changed);
    if let Ok(found) = connection().verify_encoded(&encoded) {
        let good = accepted(&signed()[0]);
        assert_eq!(found, good, "{}", String::from_utf8_lossy(changed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn one_changed_byte_never_yields_another_identity(
        which in 0_usize..3, at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut changed = signed()[which].clone().into_bytes();
        let at = at.index(changed.len());
        changed[at] = byte;
        says_the_same_or_nothing(&changed);
    }

    #[test]
    fn a_moved_piece_never_yields_another_identity(
        which in 0_usize..3,
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        replaces in any::<bool>(),
    ) {
        // Along the tags, so that what comes of it is often still XML.
        let xml = signed()[which].replace('>', ">\u{1}");
        let pieces: Vec<&str> = xml.split('\u{1}').collect();
        let (from, to) = (from.index(pieces.len()), to.index(pieces.len()));
        let (from, to, at) = (from.min(to), from.max(to), at.index(pieces.len()));
        let mut moved = pieces.clone();
        if replaces {
            moved.drain(from..to);
        }
        let at = at.min(moved.len());
        moved.splice(at..at, pieces[from..to].iter().copied());
        says_the_same_or_nothing(moved.concat().as_bytes());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", from in any::<prop::sample::Index>()) {
        let xml = &signed()[2];
        let mut at = from.index(xml.len());
        while !xml.is_char_boundary(at) {
            at -= 1;
        }
        says_the_same_or_nothing(format!("{}{text}{}", &xml[..at], &xml[at..]).as_bytes());
    }
}

#[test]
fn every_byte_of_the_believed_parts_matters() {
    let xml = &signed()[0];
    for believed in [ADA, "admins", "_assertion-1", "session-1", IDP] {
        let start = xml.find("<saml:Assertion").unwrap();
        let at = start + xml[start..].find(believed).unwrap();
        for offset in 0..believed.len() {
            let mut changed = xml.clone().into_bytes();
            changed[at + offset] = if changed[at + offset] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(connection().verify(&changed).is_err(), "{believed} {offset}");
        }
    }
}
