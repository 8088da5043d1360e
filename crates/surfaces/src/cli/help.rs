//! `--help --json`: the help of any command for programs.
use clap::{Arg, Command};
use serde_json::{Value, json};

/// What there is to know of the command that `words` name below `root`; none where there is no such.
pub fn describe(root: &Command, words: &[&str]) -> Option<Value> {
    let mut command = root.clone();
    command.build();
    let mut path = vec![command.get_name().to_owned()];
    let mut found = &command;
    for word in words {
        found = found.find_subcommand(word)?;
        path.push(found.get_name().to_owned());
    }
    Some(described(found, &path.join(" ")))
}

fn described(command: &Command, path: &str) -> Value {
    let subcommands = command.get_subcommands().filter(|it| !it.is_hide_set());
    let arguments = command.get_arguments().filter(|it| !it.is_hide_set());
    let text = |it: Option<&clap::builder::StyledStr>| it.map(ToString::to_string);
    json!({
        "command": path,
        "about": text(command.get_about()),
        "description": text(command.get_long_about()),
        "aliases": command.get_visible_aliases().collect::<Vec<_>>(),
        "usage": command.clone().render_usage().to_string(),
        "arguments": arguments.map(argument).collect::<Vec<_>>(),
        "commands": subcommands.map(|it| json!({
            "name": it.get_name(),
            "about": text(it.get_about()),
            "aliases": it.get_visible_aliases().collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn argument(it: &Arg) -> Value {
    let values = it.get_value_names().unwrap_or_default();
    let takes_value = it.get_action().takes_values();
    let possible = it.get_possible_values();
    json!({
        "name": it.get_long().map_or_else(|| it.get_id().to_string(), |it| format!("--{it}")),
        "short": it.get_short().map(|it| format!("-{it}")),
        "aliases": it.get_visible_aliases().unwrap_or_default(),
        "positional": it.is_positional(),
        "required": it.is_required_set(),
        "values": if takes_value { values.iter().map(ToString::to_string).collect() } else { Vec::new() },
        "repeats": it.get_num_args().is_some_and(|it| it.max_values() > 1)
            || matches!(it.get_action(), clap::ArgAction::Append),
        "choices": possible.iter().map(|it| it.get_name().to_owned()).collect::<Vec<_>>(),
        "default": it.get_default_values().iter().map(|it| it.to_string_lossy()).collect::<Vec<_>>(),
        "variable": it.get_env().map(|it| it.to_string_lossy()),
        "help": it.get_help().map(ToString::to_string),
    })
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    #[test]
    fn a_command_below_is_described_with_its_arguments() {
        let get = Command::new("get").about("Get it").arg(Arg::new("id").required(true));
        let root = Command::new("v").subcommand(Command::new("things").subcommand(get));
        let told = super::describe(&root, &["things", "get"]).unwrap();
        assert_eq!((&told["command"], &told["about"]), (&"v things get".into(), &"Get it".into()));
        assert_eq!(
            (&told["arguments"][0]["name"], &told["arguments"][0]["required"]),
            (&"id".into(), &true.into())
        );
        let above = super::describe(&root, &[]).unwrap();
        assert_eq!(above["commands"][0]["name"], "things");
        assert!(super::describe(&root, &["nothing"]).is_none());
    }
}
