//! Regular expressions that mean the same to both engines.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassAsciiKind, ClassBracketed, ClassSet, ClassSetItem, GroupKind, Literal, LiteralKind,
    Repetition, RepetitionKind, RepetitionRange,
};

/// Maximum size of a compiled pattern.
const MAX_COMPILED_BYTES: usize = 1 << 20;
/// PostgreSQL's limit for the number in `{…}`.
const MAX_REPETITIONS: u32 = 255;

/// Whether `text` is a pattern for `regexp_like`: an expression that SQLite's and PostgreSQL's implementations both take and
/// take alike. Among what only one of them knows are flags, named groups, look-around, back references, `\b` and `\p{…}`.
/// Matching takes linear time.
pub fn is_pattern(text: &str) -> bool {
    Parser::new().parse(text).is_ok_and(|ast| is_portable(&ast)) && compile(text, false).is_ok()
}

pub(crate) fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .dot_matches_new_line(true)
        .size_limit(MAX_COMPILED_BYTES)
        .build()
}

fn is_portable(ast: &Ast) -> bool {
    match ast {
        Ast::Empty(_) | Ast::Dot(_) | Ast::ClassPerl(_) => true,
        Ast::Flags(_) | Ast::ClassUnicode(_) => false,
        Ast::Literal(literal) => is_portable_literal(literal),
        Ast::Assertion(assertion) => matches!(assertion.kind, AssertionKind::StartLine | AssertionKind::EndLine),
        Ast::ClassBracketed(class) => is_portable_class(class),
        Ast::Repetition(repetition) => is_portable_repetition(repetition),
        Ast::Group(group) => {
            let plain = match &group.kind {
                GroupKind::CaptureIndex(_) => true,
                GroupKind::CaptureName { .. } => false,
                GroupKind::NonCapturing(flags) => flags.items.is_empty(),
            };
            plain && is_portable(&group.ast)
        }
        Ast::Alternation(alternation) => alternation.asts.iter().all(is_portable),
        Ast::Concat(concat) => concat.asts.iter().all(is_portable),
    }
}

/// PostgreSQL reads any number of digits after `\x`.
fn is_portable_literal(literal: &Literal) -> bool {
    match literal.kind {
        LiteralKind::Verbatim | LiteralKind::Meta | LiteralKind::Superfluous | LiteralKind::Special(_) => true,
        LiteralKind::Octal | LiteralKind::HexFixed(_) | LiteralKind::HexBrace(_) => false,
    }
}

/// A quantifier must follow something that matches characters: `a**` and `^*` are errors in PostgreSQL.
fn is_portable_repetition(Repetition { op, ast, .. }: &Repetition) -> bool {
    let few = match &op.kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => true,
        RepetitionKind::Range(RepetitionRange::Exactly(n) | RepetitionRange::AtLeast(n)) => *n <= MAX_REPETITIONS,
        RepetitionKind::Range(RepetitionRange::Bounded(_, most)) => *most <= MAX_REPETITIONS,
    };
    few && !matches!(&**ast, Ast::Empty(_) | Ast::Repetition(_) | Ast::Assertion(_)) && is_portable(ast)
}

fn is_portable_class(class: &ClassBracketed) -> bool {
    match &class.kind {
        ClassSet::BinaryOp(_) => false,
        ClassSet::Item(ClassSetItem::Union(union)) => {
            let last = union.items.len().saturating_sub(1);
            let is_hyphen = |item: &ClassSetItem| {
                matches!(item, ClassSetItem::Literal(Literal { kind: LiteralKind::Verbatim, c: '-', .. }))
            };
            // Elsewhere PostgreSQL takes it for a range, as in `[\w-.]`.
            let hyphens = union.items.iter().enumerate().all(|(at, item)| at == 0 || at == last || !is_hyphen(item));
            hyphens && union.items.iter().all(is_portable_item)
        }
        ClassSet::Item(item) => is_portable_item(item),
    }
}

fn is_portable_item(item: &ClassSetItem) -> bool {
    match item {
        ClassSetItem::Literal(literal) => is_portable_literal(literal),
        ClassSetItem::Range(range) => is_portable_literal(&range.start) && is_portable_literal(&range.end),
        ClassSetItem::Ascii(class) => {
            !class.negated && !matches!(class.kind, ClassAsciiKind::Ascii | ClassAsciiKind::Word)
        }
        ClassSetItem::Perl(class) => !class.negated,
        ClassSetItem::Empty(_) | ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) | ClassSetItem::Union(_) => {
            false
        }
    }
}
