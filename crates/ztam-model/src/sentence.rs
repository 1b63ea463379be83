//! The sentence grammar of promises, questions and answers.

use std::fmt;

use ztam_source::span::{Span, Spanned};
use ztam_source::suggest::closest;

use crate::names;
use crate::words::{Action, Scope};

/// A sentence, names unresolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// `only`: these and nobody else.
    pub only: bool,
    /// Whom it is about.
    pub who: Who,
    /// What it says of them.
    pub says: Predicate,
    /// The whole sentence.
    pub span: Span,
}

/// Whom a sentence is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// These roles.
    Roles(Vec<Spanned<String>>),
    /// No role at all.
    Nobody(Span),
    /// Every role that is not abstract.
    Everyone(Span),
}

/// What a sentence says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// `can` or `cannot`.
    Can {
        /// `cannot`.
        negated: bool,
        /// The action.
        action: Spanned<Action>,
        /// At least in this scope; with `cannot`, not in this scope or wider.
        scope: Option<Spanned<Scope>>,
        /// On what.
        what: What,
        /// At most in this scope.
        beyond: Option<Spanned<Scope>>,
        /// Granted that these conditions hold.
        when: Vec<Spanned<String>>,
    },
    /// `holds` or `does not hold`.
    Holds {
        /// `does not hold`.
        negated: bool,
        /// The capability.
        capability: Spanned<String>,
    },
}

/// On what an action is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An asset or a class: their names are unique together.
    Name(Spanned<String>),
    /// A field of an asset.
    Field(Spanned<String>, Spanned<String>),
    /// Everything with a compliance tag.
    Tag(Spanned<String>),
}

/// Why a text is no sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceError {
    /// The words that do not fit.
    pub span: Span,
    /// What is wrong, without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// The grammar, for help texts and documentation.
pub const GRAMMAR: &str = "\
sentence := [\"only\"] who (\"can\" | \"cannot\") action [scope] what [\"beyond\" scope] [\"when\" condition {\",\" condition}]
          | [\"only\"] who (\"holds\" | \"does not hold\") capability
who      := role | \"[\" role {\",\" role} \"]\" | \"nobody\" | \"everyone\"
what     := asset | asset \".\" field | class | \"tag:\" tag";

/// Reads a sentence.
///
/// The parts get places of their own where the text stands in the source as it is, plain or in quotes; where it was
/// folded or escaped, every part has the place of the whole.
///
/// # Errors
///
/// The first words that the grammar has no place for.
pub fn parse(text: &Spanned<String>) -> Result<Sentence, SentenceError> {
    let mut parser = Parser { tokens: tokens(&text.value), at: 0, place: Place::of(text) };
    let sentence = parser.sentence()?;
    match parser.tokens.get(parser.at) {
        None => Ok(sentence),
        Some(token) => {
            let rest = format!("the sentence should end before `{}`", token.text);
            Err(parser.error(*token, rest, None))
        }
    }
}

/// How offsets in the value become places in the source.
#[derive(Clone, Copy)]
struct Place {
    whole: Span,
    /// First byte of the value in the source; `None` where the value is not written as it is.
    first: Option<u32>,
}

impl Place {
    fn of(text: &Spanned<String>) -> Self {
        let written = text.span.end.saturating_sub(text.span.start) as usize;
        let first = match written.checked_sub(text.value.len()) {
            Some(0) => Some(text.span.start),
            Some(2) => Some(text.span.start + 1),
            _ => None,
        };
        Self { whole: text.span, first }
    }

    fn span(self, start: usize, end: usize) -> Span {
        let (Some(first), Ok(start), Ok(end)) = (self.first, u32::try_from(start), u32::try_from(end)) else {
            return self.whole;
        };
        Span::new(self.whole.file, first + start, first + end)
    }
}

/// A word, or one of `[`, `]` and `,`.
#[derive(Clone, Copy)]
struct Token<'a> {
    start: usize,
    text: &'a str,
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut word: Option<usize> = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        let mark = matches!(letter, '[' | ']' | ',');
        if !mark && !letter.is_whitespace() {
            word.get_or_insert(at);
            continue;
        }
        if let Some(start) = word.take() {
            tokens.push(Token { start, text: text.get(start..at).unwrap_or_default() });
        }
        if mark {
            tokens.push(Token { start: at, text: text.get(at..=at).unwrap_or_default() });
        }
    }
    tokens
}

/// Words that people write for an action.
const SYNONYMS: &[(&str, Action)] = &[
    ("add", Action::Create),
    ("change", Action::Edit),
    ("insert", Action::Create),
    ("modify", Action::Edit),
    ("remove", Action::Delete),
    ("see", Action::Read),
    ("update", Action::Edit),
    ("view", Action::Read),
    ("write", Action::Edit),
];

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
    place: Place,
}

impl<'a> Parser<'a> {
    fn sentence(&mut self) -> Result<Sentence, SentenceError> {
        let only = self.take("only");
        let who = self.who()?;
        let says = self.predicate()?;
        Ok(Sentence { only, who, says, span: self.place.whole })
    }

    fn who(&mut self) -> Result<Who, SentenceError> {
        const EXPECTED: &str = "a role, `[role, role]`, `nobody` or `everyone`";
        let token = self.next(EXPECTED)?;
        match token.text {
            "nobody" => Ok(Who::Nobody(self.span(token))),
            "everyone" => Ok(Who::Everyone(self.span(token))),
            "[" => {
                let mut roles = vec![self.name("a role")?];
                loop {
                    let token = self.next("`,` or `]`")?;
                    match token.text {
                        "]" => return Ok(Who::Roles(roles)),
                        "," => roles.push(self.name("a role")?),
                        _ => return Err(self.expected(token, "`,` or `]`", None)),
                    }
                }
            }
            _ => Ok(Who::Roles(vec![self.checked_name(token, EXPECTED)?])),
        }
    }

    fn predicate(&mut self) -> Result<Predicate, SentenceError> {
        const EXPECTED: &str = "`can`, `cannot`, `holds` or `does not hold`";
        let token = self.next(EXPECTED)?;
        match token.text {
            "can" => self.can(false),
            "cannot" => self.can(true),
            "holds" => Ok(Predicate::Holds { negated: false, capability: self.name("a capability")? }),
            "does" => {
                for word in ["not", "hold"] {
                    let next = self.next("`does not hold`")?;
                    if next.text != word {
                        return Err(self.expected(next, "`does not hold`", None));
                    }
                }
                Ok(Predicate::Holds { negated: true, capability: self.name("a capability")? })
            }
            other => {
                let meant = match other {
                    "can't" | "mustn't" => Some("cannot"),
                    "may" | "must" => Some("can"),
                    "has" | "have" | "hold" => Some("holds"),
                    _ => closest(other, ["can", "cannot", "holds"]),
                };
                Err(self.expected(token, EXPECTED, meant))
            }
        }
    }

    fn can(&mut self, negated: bool) -> Result<Predicate, SentenceError> {
        if self.peek() == Some("not") {
            let token = self.next("an action")?;
            return Err(self.expected(token, "an action", Some("cannot")));
        }
        let action = self.action()?;
        let scope = self.scope_before_what();
        let what = self.what()?;
        let beyond = if self.take("beyond") { Some(self.scope()?) } else { None };
        let mut when = Vec::new();
        if self.take("when") {
            when.push(self.name("a condition")?);
            while self.take(",") {
                when.push(self.name("a condition")?);
            }
        }
        Ok(Predicate::Can { negated, action, scope, what, beyond, when })
    }

    fn action(&mut self) -> Result<Spanned<Action>, SentenceError> {
        let token = self.next("an action")?;
        if let Some(action) = Action::from_word(token.text) {
            return Ok(Spanned::new(action, self.span(token)));
        }
        let words = Action::ALL.iter().map(|it| it.as_str());
        let meant = SYNONYMS
            .iter()
            .find(|(word, _)| *word == token.text)
            .map(|(_, action)| action.as_str())
            .or_else(|| closest(token.text, words.clone()));
        Err(self.expected(token, &format!("an action ({})", quoted(words)), meant))
    }

    /// A scope word is the scope only if something to act on follows it; else it is itself what is acted on.
    fn scope_before_what(&mut self) -> Option<Spanned<Scope>> {
        let token = self.tokens.get(self.at).copied()?;
        let scope = Scope::from_word(token.text)?;
        let next = self.tokens.get(self.at + 1)?;
        if matches!(next.text, "beyond" | "when" | "," | "[" | "]") {
            return None;
        }
        self.at += 1;
        Some(Spanned::new(scope, self.span(token)))
    }

    fn scope(&mut self) -> Result<Spanned<Scope>, SentenceError> {
        let words = Scope::ALL.iter().map(|it| it.as_str());
        let expected = format!("a scope ({})", quoted(words.clone()));
        let token = self.next(&expected)?;
        match Scope::from_word(token.text) {
            Some(scope) => Ok(Spanned::new(scope, self.span(token))),
            None => Err(self.expected(token, &expected, closest(token.text, words))),
        }
    }

    fn what(&mut self) -> Result<What, SentenceError> {
        const EXPECTED: &str = "an asset, `asset.field`, a class or `tag:` with a tag";
        let token = self.next(EXPECTED)?;
        if let Some(tag) = token.text.strip_prefix("tag:") {
            let tag = Token { start: token.start + "tag:".len(), text: tag };
            return Ok(What::Tag(self.checked_name(tag, "a tag after `tag:`")?));
        }
        let Some((asset, field)) = token.text.split_once('.') else {
            return Ok(What::Name(self.checked_name(token, EXPECTED)?));
        };
        let after = token.start + asset.len() + 1;
        let asset =
            self.checked_name(Token { start: token.start, text: asset }, "an asset before the dot")?;
        let field = self.checked_name(Token { start: after, text: field }, "a field after the dot")?;
        Ok(What::Field(asset, field))
    }

    fn name(&mut self, expected: &str) -> Result<Spanned<String>, SentenceError> {
        let token = self.next(expected)?;
        self.checked_name(token, expected)
    }

    fn checked_name(&self, token: Token<'_>, expected: &str) -> Result<Spanned<String>, SentenceError> {
        if names::is_id(token.text) && !names::RESERVED.contains(&token.text) {
            return Ok(Spanned::new(token.text.to_owned(), self.span(token)));
        }
        let meant = names::kebab(token.text).filter(|it| it != token.text);
        Err(self.expected(token, expected, meant.as_deref()))
    }

    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).map(|it| it.text)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn next(&mut self, expected: &str) -> Result<Token<'a>, SentenceError> {
        let Some(token) = self.tokens.get(self.at).copied() else {
            return Err(SentenceError {
                span: self.place.whole,
                message: format!("the sentence ends where {expected} should stand"),
                help: None,
            });
        };
        self.at += 1;
        Ok(token)
    }

    fn span(&self, token: Token<'_>) -> Span {
        self.place.span(token.start, token.start + token.text.len())
    }

    fn expected(&self, token: Token<'_>, expected: &str, meant: Option<&str>) -> SentenceError {
        let message = if token.text.is_empty() {
            format!("{expected} is missing")
        } else {
            format!("`{}` stands where {expected} should", token.text)
        };
        self.error(token, message, meant.map(|it| format!("did you mean `{it}`?")))
    }

    fn error(&self, token: Token<'_>, message: String, help: Option<String>) -> SentenceError {
        SentenceError { span: self.span(token), message, help }
    }
}

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.only {
            f.write_str("only ")?;
        }
        write!(f, "{} {}", self.who, self.says)
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Roles(roles) => match roles.as_slice() {
                [one] => f.write_str(one),
                _ => write!(f, "[{}]", listed(roles)),
            },
            Self::Nobody(_) => f.write_str("nobody"),
            Self::Everyone(_) => f.write_str("everyone"),
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Can { negated, action, scope, what, beyond, when } => {
                f.write_str(if *negated { "cannot" } else { "can" })?;
                write!(f, " {}", action.as_str())?;
                if let Some(scope) = scope {
                    write!(f, " {}", scope.as_str())?;
                }
                write!(f, " {what}")?;
                if let Some(scope) = beyond {
                    write!(f, " beyond {}", scope.as_str())?;
                }
                if !when.is_empty() {
                    write!(f, " when {}", listed(when))?;
                }
                Ok(())
            }
            Self::Holds { negated, capability } => {
                write!(f, "{} {}", if *negated { "does not hold" } else { "holds" }, capability.value)
            }
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Field(asset, field) => write!(f, "{}.{}", asset.value, field.value),
            Self::Tag(tag) => write!(f, "tag:{}", tag.value),
        }
    }
}

fn listed(names: &[Spanned<String>]) -> String {
    names.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ztam_source::file::FileId;

    use super::*;

    /// The text as it would stand at byte 10, with so many bytes of quotes around it.
    fn text(value: &str, quotes: u32) -> Spanned<String> {
        let end = 10 + u32::try_from(value.len()).unwrap() + quotes;
        Spanned::new(value.to_owned(), Span::new(FileId(0), 10, end))
    }

    #[test]
    fn canonical_sentences_read_back_the_same() {
        for sentence in [
            "only [sales-manager, finance-analyst] can read opportunity.margin",
            "sales-manager can read opportunity.margin when mfa",
            "sales-rep can read team opportunity",
            "sales-rep cannot read opportunity beyond team",
            "nobody can delete restricted",
            "everyone can read public",
            "only admin holds export-data",
            "guest does not hold export-data",
            "a cannot append-to unit-tree tag:pii beyond org when x, y",
            "a can read team",
            "a can read team team beyond team",
        ] {
            let parsed = parse(&text(sentence, 0)).unwrap();
            assert_eq!(parsed.to_string(), sentence);
        }
        let loose = parse(&text(" only  [a ,b] can\tread  x when  m,n ", 0)).unwrap();
        assert_eq!(loose.to_string(), "only [a, b] can read x when m, n");
        assert_eq!(parse(&text("[a] can read x", 0)).unwrap().to_string(), "a can read x");
    }

    #[test]
    fn a_scope_word_alone_is_what_is_acted_on() {
        let Predicate::Can { scope, what, .. } = parse(&text("a can read team beyond own", 0)).unwrap().says
        else {
            panic!("not a `can`");
        };
        assert_eq!(scope, None);
        assert!(matches!(what, What::Name(name) if name.value == "team"));
    }

    #[test]
    fn parts_have_their_own_places() {
        for (quotes, shift) in [(0, 10), (2, 11)] {
            let sentence = parse(&text("sales-rep can edit own deal.amount", quotes)).unwrap();
            let Who::Roles(roles) = &sentence.who else { panic!("no roles") };
            assert_eq!((roles[0].span.start, roles[0].span.end), (shift, shift + 9));
            let Predicate::Can { action, scope: Some(scope), what: What::Field(asset, field), .. } =
                &sentence.says
            else {
                panic!("no field")
            };
            assert_eq!((action.span.start, action.span.end), (shift + 14, shift + 18));
            assert_eq!((scope.span.start, scope.span.end), (shift + 19, shift + 22));
            assert_eq!((asset.span.start, asset.span.end), (shift + 23, shift + 27));
            assert_eq!((field.span.start, field.span.end), (shift + 28, shift + 34));
        }
        let folded = parse(&text("a can read x", 7)).unwrap();
        let Who::Roles(roles) = &folded.who else { panic!("no roles") };
        assert_eq!(roles[0].span, folded.span, "folded text has one place");
    }

    #[test]
    fn errors_say_what_was_expected_and_meant() {
        for (sentence, words, message, help) in [
            ("a can raed x", "raed", "an action (`read`, `create`", Some("did you mean `read`?")),
            ("a can view x", "view", "an action", Some("did you mean `read`?")),
            ("a can not read x", "not", "an action", Some("did you mean `cannot`?")),
            ("a may read x", "may", "`can`, `cannot`", Some("did you mean `can`?")),
            ("SalesRep can read x", "SalesRep", "a role", Some("did you mean `sales-rep`?")),
            ("a can read x beyond temm", "temm", "a scope", Some("did you mean `team`?")),
            ("a can read x beyond", "", "the sentence ends where a scope", None),
            ("", "", "the sentence ends where a role", None),
            ("[a can read x", "can", "`,` or `]`", None),
            ("[] can read x", "]", "a role", None),
            ("a does not have x", "have", "`does not hold`", None),
            ("a holds x when y", "when", "should end before `when`", None),
            ("a can read x y", "y", "should end before `y`", None),
            ("a can read tag:", "", "a tag after `tag:` is missing", None),
            ("a can read x.", "", "a field after the dot is missing", None),
            ("a can read x when y z", "z", "should end before `z`", None),
        ] {
            let error = parse(&text(sentence, 0)).unwrap_err();
            assert!(error.message.contains(message), "{sentence}: {}", error.message);
            assert_eq!(error.help.as_deref(), help, "{sentence}");
            if !words.is_empty() {
                let (start, end) = (error.span.start as usize - 10, error.span.end as usize - 10);
                assert_eq!(sentence.get(start..end), Some(words), "{sentence}");
            }
        }
    }

    fn name() -> impl Strategy<Value = Spanned<String>> {
        "[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){0,2}"
            .prop_filter("a word of the grammar", |it| !names::RESERVED.contains(&it.as_str()))
            .prop_map(|it| text(&it, 0))
    }

    fn scope() -> impl Strategy<Value = Spanned<Scope>> {
        proptest::sample::select(Scope::ALL).prop_map(|it| Spanned::new(it, text("", 0).span))
    }

    fn what() -> impl Strategy<Value = What> {
        prop_oneof![
            name().prop_map(What::Name),
            (name(), name()).prop_map(|(asset, field)| What::Field(asset, field)),
            name().prop_map(What::Tag),
        ]
    }

    fn says() -> impl Strategy<Value = Predicate> {
        let action = proptest::sample::select(Action::ALL).prop_map(|it| Spanned::new(it, text("", 0).span));
        let can = (
            any::<bool>(),
            action,
            proptest::option::of(scope()),
            what(),
            proptest::option::of(scope()),
            proptest::collection::vec(name(), 0..3),
        );
        prop_oneof![
            can.prop_map(|(negated, action, scope, what, beyond, when)| Predicate::Can {
                negated,
                action,
                scope,
                what,
                beyond,
                when
            }),
            (any::<bool>(), name())
                .prop_map(|(negated, capability)| Predicate::Holds { negated, capability }),
        ]
    }

    fn sentence() -> impl Strategy<Value = Sentence> {
        let who = prop_oneof![
            proptest::collection::vec(name(), 1..4).prop_map(Who::Roles),
            Just(Who::Nobody(text("", 0).span)),
            Just(Who::Everyone(text("", 0).span)),
        ];
        (any::<bool>(), who, says()).prop_map(|(only, who, says)| Sentence {
            only,
            who,
            says,
            span: text("", 0).span,
        })
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(sentence in sentence()) {
            let printed = sentence.to_string();
            let read = parse(&text(&printed, 0)).unwrap();
            prop_assert_eq!(&read.to_string(), &printed);
            prop_assert_eq!(without_places(read), without_places(sentence));
        }

        #[test]
        fn any_text_is_a_sentence_or_an_error_inside_it(value in "\\PC{0,40}", quotes in 0u32..4) {
            let text = text(&value, quotes);
            if let Err(error) = parse(&text) {
                prop_assert!(text.span.start <= error.span.start && error.span.end <= text.span.end);
            }
        }
    }

    /// Bare spans compare by place; a printed sentence has other places than the one it was printed from.
    fn without_places(mut sentence: Sentence) -> Sentence {
        let none = Span::new(FileId(0), 0, 0);
        sentence.span = none;
        match &mut sentence.who {
            Who::Nobody(span) | Who::Everyone(span) => *span = none,
            Who::Roles(_) => {}
        }
        sentence
    }
}
