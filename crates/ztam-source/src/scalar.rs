//! What a plain scalar means: the core schema of YAML 1.2, so `no` and `on` are text.

/// A scalar as the core schema reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number, with the precision of a double.
    Float(f64),
    /// Text.
    String(&'a str),
}

/// Reads an unquoted scalar.
#[must_use]
pub fn resolve_plain(text: &str) -> Scalar<'_> {
    let Some(first) = text.bytes().next() else {
        return Scalar::Null;
    };
    let word = match first {
        b'~' | b'n' | b'N' if matches!(text, "~" | "null" | "Null" | "NULL") => Some(Scalar::Null),
        b't' | b'T' if matches!(text, "true" | "True" | "TRUE") => Some(Scalar::Bool(true)),
        b'f' | b'F' if matches!(text, "false" | "False" | "FALSE") => Some(Scalar::Bool(false)),
        b'0'..=b'9' | b'+' | b'-' | b'.' => number(text),
        _ => None,
    };
    word.unwrap_or(Scalar::String(text))
}

fn number(text: &str) -> Option<Scalar<'_>> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return radix_number(digits, radix);
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or_else(|_| Scalar::Float(parse_float(text)), Scalar::Int));
    }
    match unsigned {
        ".inf" | ".Inf" | ".INF" if text.starts_with('-') => return Some(Scalar::Float(f64::NEG_INFINITY)),
        ".inf" | ".Inf" | ".INF" => return Some(Scalar::Float(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == text.len() => return Some(Scalar::Float(f64::NAN)),
        _ => {}
    }
    is_float(unsigned).then(|| Scalar::Float(parse_float(text)))
}

fn radix_number(digits: &str, radix: u32) -> Option<Scalar<'static>> {
    if digits.is_empty() || !digits.chars().all(|it| it.is_digit(radix)) {
        return None;
    }
    Some(i64::from_str_radix(digits, radix).map_or_else(
        |_| {
            let digit = |it: char| f64::from(it.to_digit(radix).unwrap_or_default());
            Scalar::Float(digits.chars().fold(0.0, |sum, it| sum.mul_add(f64::from(radix), digit(it))))
        },
        Scalar::Int,
    ))
}

/// `[0-9]+(\.[0-9]*)?` or `\.[0-9]+`, then `([eE][-+]?[0-9]+)?`; the sign is gone already.
fn is_float(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let mut rest = text.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if whole + count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or_default();
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
    }
}

/// The shape is checked before, so the standard parser cannot fail.
fn parse_float(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_yaml_1_1_are_text() {
        for text in
            ["no", "yes", "on", "off", "NO", "y", "n", "nUll", "tRue", "1_000", "0b1", "12:30", "2026-01-02"]
        {
            assert_eq!(resolve_plain(text), Scalar::String(text));
        }
    }

    #[test]
    fn core_schema() {
        for (text, expected) in [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("NULL", Scalar::Null),
            ("True", Scalar::Bool(true)),
            ("false", Scalar::Bool(false)),
            ("12", Scalar::Int(12)),
            ("0012", Scalar::Int(12)),
            ("-7", Scalar::Int(-7)),
            ("+7", Scalar::Int(7)),
            ("0x1F", Scalar::Int(31)),
            ("0o17", Scalar::Int(15)),
            ("1.10", Scalar::Float(1.1)),
            (".5", Scalar::Float(0.5)),
            ("1.", Scalar::Float(1.0)),
            ("-1e3", Scalar::Float(-1000.0)),
            ("-.inf", Scalar::Float(f64::NEG_INFINITY)),
            ("99999999999999999999", Scalar::Float(1e20)),
            ("0x10000000000000000", Scalar::Float(18_446_744_073_709_551_616.0)),
        ] {
            assert_eq!(resolve_plain(text), expected, "{text}");
        }
        assert!(matches!(resolve_plain(".nan"), Scalar::Float(it) if it.is_nan()));
    }

    #[test]
    fn almost_numbers_are_text() {
        for text in
            ["1.0.0.0", ".", "-", "+", "1e", "1e+", "0x", "0xg", "-0x1", "1.2.3", "e5", ".e5", "+.nan", "5a"]
        {
            assert_eq!(resolve_plain(text), Scalar::String(text));
        }
    }
}
