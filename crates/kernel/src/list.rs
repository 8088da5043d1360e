//! Cursor lists, the same for every collection (contract 00 §5).
use std::fmt::Write;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::{Row, Value};
use crate::{Cx, Error, Result};

/// How many items a page has when nothing is said.
pub const LIMIT_DEFAULT: u32 = 10;

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Order {
    /// Newest first, with the cursors' directions swapped: `before` leads to older items.
    Normal,
    /// Newest first.
    #[default]
    Desc,
    /// Oldest first.
    Asc,
}

/// The part of a query that every list operation shares.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct Paging {
    /// Only items before the item of this id, in the order of the list
    pub before: Option<String>,
    /// Only items after the item of this id, in the order of the list
    pub after: Option<String>,
    /// How many items a page has at the most
    #[schemars(range(min = 1, max = 100), extend("default" = LIMIT_DEFAULT))]
    pub limit: Option<u32>,
    /// The order by time of creation
    #[schemars(default)]
    pub order: Option<Order>,
}

impl Paging {
    /// How many items the page may have.
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(LIMIT_DEFAULT)
    }
    /// The cursor and whether it looks backwards; refuses two cursors.
    pub fn cursor(&self) -> Result<Option<(&str, bool)>> {
        let swap = self.order == Some(Order::Normal);
        match (self.before.as_deref(), self.after.as_deref()) {
            (Some(_), Some(_)) => Err(Error::invalid_field(
                "before",
                "invalid",
                "Give either before or after, not both.",
            )),
            (Some(it), None) => Ok(Some((it, !swap))),
            (None, Some(it)) => Ok(Some((it, swap))),
            (None, None) => Ok(None),
        }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    /// Always `list`
    #[schemars(extend("const" = "list"))]
    pub object: &'static str,
    /// The items
    pub data: Vec<T>,
    /// Where the list goes on
    pub list_metadata: Cursors,
}

impl<T> Page<T> {
    /// The same page of something made from each item.
    pub fn try_map<U>(self, change: impl FnMut(T) -> Result<U>) -> Result<Page<U>> {
        let Self { object, data, list_metadata } = self;
        let data = data.into_iter().map(change).collect::<Result<_>>()?;
        Ok(Page { object, data, list_metadata })
    }
    /// The same where nothing can fail.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let Self { object, data, list_metadata } = self;
        Page { object, data: data.into_iter().map(change).collect(), list_metadata }
    }
    /// A list that has no pages: everything at once.
    pub fn whole(data: Vec<T>) -> Self {
        Self { object: "list", data, list_metadata: Cursors { before: None, after: None } }
    }
}

/// The cursors at both ends of a page; null where the list ends.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Cursors {
    /// Give it as `before` for the page before this one
    pub before: Option<String>,
    /// Give it as `after` for the page after this one
    pub after: Option<String>,
}

/// A list to be read page by page.
pub struct Listing {
    table: &'static str,
    select: &'static str,
    filter: String,
    values: Vec<Value>,
    /// Whether a cursor is looked for among the rows that the filter keeps, and nowhere else.
    cursor_in_filter: bool,
}

impl Listing {
    /// A list of the rows of `table` (its name or alias in `select`), which has the columns `id`,
    /// `environment_id` and `created_at` and an index over (environment_id, …, created_at, id).
    /// `select` is `SELECT columns FROM …` without WHERE; its first column is the id.
    pub fn of(cx: &Cx<'_>, table: &'static str, select: &'static str) -> Self {
        let values = vec![cx.environment.into()];
        Self { table, select, filter: String::new(), values, cursor_in_filter: false }
    }
    /// Keeps the rows for which `condition` holds, in which `?` stands for `value`.
    pub fn filter(mut self, condition: &str, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.filter.push_str(" AND ");
        self.filter.push_str(&condition.replace('?', &place));
        self
    }
    /// The same where each `?` stands for the next value.
    pub fn filter_each(mut self, condition: &str, values: Vec<Value>) -> Self {
        let mut values = values.into_iter();
        self.filter.push_str(" AND ");
        for (i, part) in condition.split('?').enumerate() {
            if i > 0 {
                self.values.extend(values.next());
                write!(self.filter, "${}", self.values.len()).ok();
            }
            self.filter.push_str(part);
        }
        self
    }
    /// Looks for the row of a cursor among those that the filter keeps, where no index finds it by
    /// its id alone.
    pub fn cursor_in_filter(mut self) -> Self {
        self.cursor_in_filter = true;
        self
    }
    /// The same where there is a value; all rows where there is none.
    pub fn filter_some(self, condition: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.filter(condition, value),
            None => self,
        }
    }
    /// Keeps the rows whose `column` is one of `values`; no rows where there are none.
    pub fn filter_in(
        self,
        column: &str,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> Self {
        self.filter_list(&format!("{column} IN (?)"), values)
    }
    /// Keeps the rows for which `condition` holds, in which `?` stands for the list of `values`;
    /// no rows where there are none.
    pub fn filter_list(
        mut self,
        condition: &str,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> Self {
        let mut places = Vec::new();
        for value in values {
            self.values.push(value.into());
            places.push(format!("${}", self.values.len()));
        }
        if places.is_empty() {
            return self.and("FALSE");
        }
        let condition = condition.replace('?', &places.join(", "));
        self.and(&condition)
    }
    /// Keeps the rows for which `condition`, which takes no value, holds.
    pub fn and(mut self, condition: &str) -> Self {
        self.filter.push_str(" AND ");
        self.filter.push_str(condition);
        self
    }

    /// Reads the page.
    pub fn page<T>(
        self,
        cx: &mut Cx<'_>,
        paging: &Paging,
        mut read: impl FnMut(Row) -> Result<T>,
    ) -> Result<Page<T>> {
        let Self { table: t, select, filter, mut values, cursor_in_filter } = self;
        let cursor = paging.cursor()?;
        let backwards = cursor.is_some_and(|it| it.1);
        let ascending = (paging.order == Some(Order::Asc)) != backwards;
        let (sign, direction) = if ascending { (">", "ASC") } else { ("<", "DESC") };
        let mut sql = format!("{select} WHERE {t}.environment_id = $1{filter}");
        if let Some((id, _)) = cursor {
            // An unknown cursor compares as unknown: the page is empty.
            let within = if cursor_in_filter { filter.as_str() } else { "" };
            let within_values = if cursor_in_filter { &values[..] } else { &values[..1] };
            let Some(at) = cursor_time(cx, (select, t), within, within_values, id)? else {
                return Ok(Page::whole(Vec::new()));
            };
            values.extend([Value::Int(at), id.into()]);
            let n = values.len();
            write!(sql, " AND ({t}.created_at, {t}.id) {sign} (${}, ${n})", n - 1).ok();
        }
        let limit = paging.limit();
        values.push(Value::Int(i64::from(limit) + 1));
        let n = values.len();
        write!(sql, " ORDER BY {t}.created_at {direction}, {t}.id {direction} LIMIT ${n}").ok();
        let mut rows = cx.db().query(&sql, &values)?;
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        if backwards {
            rows.reverse();
        }
        let edge = |row: Option<&Row>| row.and_then(Row::peek_text).map(str::to_owned);
        let (first, last) = (edge(rows.first()), edge(rows.last()));
        let (precede, follow) = match cursor {
            None => (false, more),
            Some((_, false)) => (true, more),
            Some((_, true)) => (more, true),
        };
        let (mut before, mut after) = (first.filter(|_| precede), last.filter(|_| follow));
        if paging.order == Some(Order::Normal) {
            std::mem::swap(&mut before, &mut after);
        }
        let data = rows.into_iter().map(&mut read).collect::<Result<_>>()?;
        Ok(Page { object: "list", data, list_metadata: Cursors { before, after } })
    }
}

/// When the row that a cursor names was made.
fn cursor_time(
    cx: &mut Cx<'_>,
    (select, table): (&str, &str),
    filter: &str,
    values: &[Value],
    id: &str,
) -> Result<Option<i64>> {
    let from = select.split_once("FROM ").map_or(table, |it| it.1);
    let mut values = values.to_vec();
    values.push(id.into());
    let n = values.len();
    let sql = format!(
        "SELECT {table}.created_at FROM {from}
         WHERE {table}.environment_id = $1{filter} AND {table}.id = ${n}"
    );
    cx.db().first(&sql, &values)?.map(|mut row| row.take()).transpose()
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `text` anywhere.
pub fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
