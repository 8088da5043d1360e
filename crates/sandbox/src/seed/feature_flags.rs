//! The feature flags of a seed.
use serde_json::json;
use vestibule_kernel::{Cx, Result};

use super::model::{self, Seed};
use super::{all, is_there, need_organization, need_user, of_entry, perform};

/// The flags that are not there yet, each with its targets.
pub(super) fn make(cx: &mut Cx<'_>, seed: &Seed) -> Result<()> {
    let there = all(cx, "feature_flags.list", &json!({}))?;
    for (n, it) in seed.feature_flags.iter().enumerate() {
        if !is_there(&there, "slug", &it.slug) {
            of_entry(make_one(cx, it), "featureFlags", n, &it.slug)?;
        }
    }
    Ok(())
}

fn make_one(cx: &mut Cx<'_>, it: &model::FeatureFlag) -> Result<()> {
    let model::FeatureFlag {
        slug,
        name,
        description,
        owner,
        tags,
        enabled,
        default_value,
        users,
        organizations,
    } = it;
    let input = json!({
        "slug": slug, "name": name, "description": description, "owner": owner, "tags": tags,
        "enabled": enabled, "default_value": default_value,
    });
    perform(cx, "feature_flags.create", input)?;
    let mut targets = Vec::new();
    for email in users {
        targets.push(need_user(cx, email)?.id.to_string());
    }
    for name in organizations {
        targets.push(need_organization(cx, name)?.to_string());
    }
    for id in targets {
        let input = json!({ "slug": slug, "resource_id": id });
        perform(cx, "feature_flag_targets.create", input)?;
    }
    Ok(())
}
