//! The two functions on text whose own versions take the square of the length: a long text and a long
//! needle would hold the thread for hours, past every interrupt.

use memchr::memmem;
use mlua::{Lua, LuaString, Table};

/// Where a needle stands in a text at or after `from` (both from 1): its first and last place.
pub(crate) fn find(text: &[u8], needle: &[u8], from: usize) -> Option<(usize, usize)> {
    let start = from.saturating_sub(1);
    let at = memmem::find(text.get(start..)?, needle)?;
    Some((start + at + 1, start + at + needle.len()))
}

/// The parts between separators.
pub(crate) fn split(lua: &Lua, text: &LuaString, separator: &LuaString) -> mlua::Result<Table> {
    let (text, separator) = (text.as_bytes(), separator.as_bytes());
    let parts = lua.create_table()?;
    let mut start = 0;
    for at in memmem::find_iter(&text, &*separator) {
        parts.raw_push(lua.create_string(&text[start..at])?)?;
        start = at + separator.len();
    }
    parts.raw_push(lua.create_string(&text[start..])?)?;
    Ok(parts)
}
