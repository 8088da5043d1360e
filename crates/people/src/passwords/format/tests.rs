use super::*;

/// Published vectors, each with its password.
const VECTORS: &[(&str, &str)] = &[
    // crypt_blowfish, wrapper.c.
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    ("U*U*U", "$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    ("U*U*U", "$2y$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    // RFC 7914 §12.
    (
        "password",
        "$scrypt$v=1$n=1024,r=8,p=16,kl=64$TmFDbA$/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA",
    ),
    (
        "pleaseletmein",
        "$scrypt$v=1$n=16384,r=8,p=1,kl=64$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
    ),
    // firebase/scrypt, README.
    (
        "user1password",
        "$firebase-scrypt$hash=lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$salt=42xEC+ixf3L2lw==$sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$ss=Bw==$r=8$m=14",
    ),
    // The same with the parameters first, and in the alphabet of URLs.
    (
        "user1password",
        "$firebase-scrypt$v=1$sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,ss=Bw==,r=8,m=14$42xEC-ixf3L2lw$lSrfV15cpx95_sZS2W9c9Kp6i_LVgQNDNC_qzrCnh1SAyZvqmZqAjTdn3aoItz-VHjoZilo78198JAdRuid5lQ",
    ),
    // phc-winner-argon2, test.c; the others were made with argon2-cffi.
    (
        "password",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ),
    (
        "password",
        "$argon2i$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A",
    ),
    (
        "password",
        "$argon2d$v=19$m=4096,t=2,p=2$c29tZXNhbHQ$YJIjERbnMCO/JKyOJWUa+KbHs/a+XyW/M1o67TWqg00",
    ),
    // OpenLDAP's FAQ.
    ("secret", "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3"),
    // Python's hashlib.
    ("secret", "{SSHA-SALT-FIRST}V0V97gy6ZUXrz9TxqN6U4sE7ns1zYWx0c2FsdA=="),
    ("secret", "{ssha256}oBmrdHcA6OZEkkCLeXh71YAerbvhXz1qqwjrPsXmEtNzYWx0c2FsdA=="),
    ("secret", "{SSHA256-SALT-FIRST}J7DZ9QiIkiAbTVNB007sp9/TsZpqTzXFNt2gy+1F5wFzYWx0c2FsdA=="),
    (
        "pleaseletmein",
        "$pbkdf2$i=600000,d=sha256$c29kaXVtIGNobG9yaWRl$p4lBpeP4E86y1QhF2KFrRB9rHqWX64uq1DqovbvNn3c",
    ),
    (
        "pleaseletmein",
        "$pbkdf2$i=210000,d=sha512$c29kaXVtIGNobG9yaWRl$dsJ4N+5MOlc8JFFI/Q5GRNgKq+FDdCzD68qWRmGdvnlk7JVMqnwsnDp3i62lxUHOAPNznxAUXCR6P1Orl3Dkgg",
    ),
];

#[test]
fn every_published_hash_is_that_of_its_password_alone() {
    for (password, text) in VECTORS {
        let format = Format::read(text).unwrap_or_else(|| panic!("not read: {text}"));
        assert!(format.matches(password.as_bytes()), "{text}");
        assert!(!format.matches(format!("{password}x").as_bytes()), "{text}");
        assert!(!format.matches(b""), "{text}");
    }
}

#[test]
fn the_vectors_of_pbkdf2_hold_below_the_rounds_that_may_be_imported() {
    // RFC 7914 §11.
    let key = "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
               49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783";
    let key = (0..key.len() / 2).map(|i| u8::from_str_radix(&key[2 * i..2 * i + 2], 16).unwrap());
    let format = Format::Pbkdf2 {
        digest: Pbkdf2Digest::Sha256,
        rounds: NonZeroU32::MIN,
        salt: b"salt".to_vec(),
        key: key.collect(),
    };
    assert!(format.matches(b"passwd"));
    assert!(!format.matches(b"passwe"));
}

#[test]
fn a_hash_that_would_burn_the_machine_is_not_read() {
    let key = "A".repeat(43);
    for text in [
        "$2b$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
        "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
        "$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
        format!("$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ${key}"),
        format!("$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ${key}"),
        format!("$argon2id$v=19$m=4095,t=1,p=1$c29tZXNhbHQ${key}"),
        format!("$argon2id$v=19$m=4096,t=6,p=1$c29tZXNhbHQ${key}"),
        format!("$argon2id$v=19$m=4096,t=0,p=1$c29tZXNhbHQ${key}"),
        format!("$argon2id$v=19$m=4096,t=1,p=9$c29tZXNhbHQ${key}"),
        format!("$argon2i$v=19$m=4096,t=2,p=1$c29tZXNhbHQ${key}"),
        format!("$scrypt$v=1$n=4194304,r=8,p=1,kl=32$TmFDbA${key}"),
        format!("$scrypt$v=1$n=2147483648,r=1,p=1,kl=32$TmFDbA${key}"),
        format!("$scrypt$v=1$n=1048576,r=1,p=16,kl=32$TmFDbA${key}"),
        format!("$scrypt$v=1$n=2,r=1,p=2097152,kl=32$TmFDbA${key}"),
        format!("$scrypt$v=1$n=2,r=1048576,p=1,kl=32$TmFDbA${key}"),
        format!("$pbkdf2$i=1000001,d=sha256$c29tZXNhbHQ${key}"),
        format!("$pbkdf2$i=599999,d=sha256$c29tZXNhbHQ${key}"),
        format!("$pbkdf2$i=209999,d=sha512$c29tZXNhbHQ${key}"),
        format!("$firebase-scrypt$hash={key}$salt=AAAA$sk={key}$ss=AAAA$r=8$m=31"),
        format!("$firebase-scrypt$hash={key}$salt=AAAA$sk={key}$ss=AAAA$r=8$m=64"),
        format!("$firebase-scrypt$hash={key}$salt=AAAA$sk={key}$ss=AAAA$r=4294967295$m=14"),
        format!("{{SSHA}}{}", "A".repeat(2000)),
    ] {
        assert!(Format::read(&text).is_none(), "{text}");
    }
}

#[test]
fn what_is_malformed_is_not_read() {
    let key = "A".repeat(43);
    for text in [
        "",
        "$",
        "nonsense",
        "$2b$10$short",
        "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$05$CCCCCCCCCCCCCCCCCCCCC!E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "$2b$5$CCCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        &format!("$argon2id$m=4096,t=1,p=1$c29tZXNhbHQ${key}"),
        &format!("$argon2id$v=16$m=4096,t=1,p=1$c29tZXNhbHQ${key}"),
        &format!("$argon2id$v=19$m=4096,t=1$c29tZXNhbHQ${key}"),
        &format!("$argon2id$v=19$m=4096,t=1,p=1,keyid=x$c29tZXNhbHQ${key}"),
        &format!("$argon2id$v=19$m=4096,m=4096,t=1,p=1$c29tZXNhbHQ${key}"),
        &format!("$argon2id$v=19$m=+4096,t=1,p=1$c29tZXNhbHQ${key}"),
        &format!("$argon2id$v=19$m=4096,t=1,p=1$c2FsdA${key}"),
        "$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHQ$QUFB",
        "$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHQ$not base64",
        &format!("$argon2id$v=19$m=4096,t=1,p=1$c29tZXNhbHQ${key}$more"),
        &format!("$scrypt$v=1$n=1000,r=8,p=1,kl=32$TmFDbA${key}"),
        &format!("$scrypt$v=1$n=1024,r=8,p=1,kl=64$TmFDbA${key}"),
        &format!("$scrypt$v=1$n=1024,r=0,p=1,kl=32$TmFDbA${key}"),
        &format!("$scrypt$v=2$n=1024,r=8,p=1,kl=32$TmFDbA${key}"),
        &format!("$pbkdf2$i=600000,d=sha1$c29tZXNhbHQ${key}"),
        &format!("$firebase-scrypt$hash={key}$salt=AAAA$sk={key}$r=8$m=14"),
        &format!("$firebase-scrypt$hash={key}$salt=AAAA$sk={key}$ss=AAAA$r=8$m=14$r=8"),
        &format!("$firebase-scrypt$hash={key}$salt=AAAA$sk=AAAA$ss=AAAA$r=8$m=14"),
        "{SSHA}AAAA",
        "{SSHA}",
        "{MD5}rL0Y20zC+Fzt72VPzMSk2A==",
        "{SSHA512}AAAA",
        // A digest without salt is a digest of the password alone.
        "{SSHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=",
        "{SSHA-SALT-FIRST-SALT-FIRST}V0V97gy6ZUXrz9TxqN6U4sE7ns1zYWx0c2FsdA==",
        "$2b$05$ÜCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
    ] {
        assert!(Format::read(text).is_none(), "{text}");
    }
}

#[test]
fn no_mangled_hash_makes_the_reader_panic() {
    for (_, text) in VECTORS {
        for i in 0..text.len() {
            drop(Format::read(&text[..i]));
            drop(Format::read(&text[i..]));
            for letter in ["$", ",", "=", "{", "}", "9", "\u{e9}"] {
                drop(Format::read(&format!("{}{letter}{}", &text[..i], &text[i + 1..])));
            }
        }
    }
}
