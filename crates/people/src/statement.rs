//! Small pieces that the SQL of several modules shares.
use vestibule_kernel::db::Value;

/// Adds `items` to the values of a statement and answers their placeholders, for `IN (…)`.
///
/// The last item is repeated up to a power of two, so that lists of all lengths need only a few
/// prepared statements. There must be an item.
pub(crate) fn one_of(
    values: &mut Vec<Value>,
    items: impl IntoIterator<Item = impl Into<Value>>,
) -> String {
    let first = values.len() + 1;
    values.extend(items.into_iter().map(Into::into));
    let count = values.len() + 1 - first;
    if let Some(last) = values.last().cloned() {
        values.resize(first - 1 + count.next_power_of_two(), last);
    }
    (first..=values.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
