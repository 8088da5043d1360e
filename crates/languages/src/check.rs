//! What may be wrong with a file of messages.
use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement,
};
use fluent_syntax::parser;

use crate::Language;

/// The messages of a file, each with the names of the arguments that it uses.
pub type Messages = BTreeMap<String, BTreeSet<String>>;

/// Reads a file; answers what cannot be read, too.
pub fn messages(source: &str) -> (Messages, Vec<String>) {
    let (resource, mut faults) = match parser::parse(source) {
        Ok(resource) => (resource, Vec::new()),
        Err((resource, errors)) => {
            let line = |at: usize| source[..at.min(source.len())].matches('\n').count() + 1;
            let faults = errors.iter().map(|it| format!("line {}: {it}", line(it.pos.start)));
            (resource, faults.collect())
        }
    };
    let mut found = Messages::new();
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => {
                let mut names = BTreeSet::new();
                match &message.value {
                    Some(value) => of_pattern(value, &mut names),
                    None => faults.push(format!("'{}' says nothing", message.id.name)),
                }
                if found.insert(message.id.name.to_owned(), names).is_some() {
                    faults.push(format!("'{}' stands there twice", message.id.name));
                }
            }
            Entry::Term(term) => {
                faults.push(format!("'-{}' is a term, and there are none", term.id.name));
            }
            Entry::Comment(_)
            | Entry::GroupComment(_)
            | Entry::ResourceComment(_)
            | Entry::Junk { .. } => {}
        }
    }
    (found, faults)
}

/// What is wrong with a file that stands over one of ours: keys that we do not have, and arguments
/// that a message is not given.
pub fn overriding(source: &str) -> Vec<String> {
    let known = messages(Language::English.source()).0;
    let (found, mut faults) = messages(source);
    for (key, names) in &found {
        match known.get(key) {
            None => faults.push(format!("there is no message '{key}'")),
            Some(given) => faults
                .extend(names.difference(given).map(|it| format!("'{key}' is not given '${it}'"))),
        }
    }
    faults
}

/// What is wrong with a translation: besides that, keys that it lacks, and arguments that it drops.
pub fn translation(source: &str) -> Vec<String> {
    let known = messages(Language::English.source()).0;
    let found = messages(source).0;
    let mut faults = overriding(source);
    for (key, given) in &known {
        match found.get(key) {
            None => faults.push(format!("'{key}' is not translated")),
            Some(names) => faults
                .extend(given.difference(names).map(|it| format!("'{key}' leaves out '${it}'"))),
        }
    }
    faults
}

fn of_pattern(pattern: &Pattern<&str>, names: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { .. } => {}
            PatternElement::Placeable { expression } => of_expression(expression, names),
        }
    }
}

fn of_expression(expression: &Expression<&str>, names: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => of_inline(inline, names),
        Expression::Select { selector, variants } => {
            of_inline(selector, names);
            for it in variants {
                of_pattern(&it.value, names);
            }
        }
    }
}

fn of_inline(inline: &InlineExpression<&str>, names: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            names.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => of_expression(expression, names),
        InlineExpression::FunctionReference { arguments, .. } => of_arguments(arguments, names),
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::MessageReference { .. }
        | InlineExpression::TermReference { .. } => {}
    }
}

fn of_arguments(arguments: &CallArguments<&str>, names: &mut BTreeSet<String>) {
    arguments.positional.iter().for_each(|it| of_inline(it, names));
    arguments.named.iter().for_each(|it| of_inline(&it.value, names));
}
