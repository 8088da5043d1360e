//! Operations done for somebody who was let in by other means than a key, such as the administrator at
//! a page: the operation itself, with its checks and its refusals, held to one organization.
use std::sync::Arc;

use serde_json::Value;

use crate::agent::organization_of;
use crate::call::check_text;
use crate::catalog::{Entry, Run};
use crate::context::{Actor, Caller, Cx, FlowCx};
use crate::id::OrganizationId;
use crate::{Error, Kind, Result};

impl FlowCx {
    /// The same doors for somebody whom a page has let in itself, as events name them.
    pub fn acting_as(&self, actor: Actor) -> Self {
        let caller = Caller { actor, ..self.caller().clone() };
        self.with_caller(Arc::new(caller))
    }

    /// Does an operation for somebody who may act in this organization and in no other.
    ///
    /// Where its declaration does not tell that the call stays there ([`crate::Within`]), it is not
    /// done: 404, as of what is not there.
    pub fn operate(
        &self,
        organization: &OrganizationId,
        operation: &str,
        input: Value,
    ) -> Result<Value> {
        let entry = self.app.catalog().get(operation);
        let entry = entry.ok_or_else(|| Error::internal(format!("no operation {operation}")))?;
        check_text(&input)?;
        entry.check(&input)?;
        let reply = match entry.op.run {
            Run::Operation { run, writes: false, .. } => self.read(|cx| {
                check_within(cx, organization, entry, &input)?;
                run(cx, &input)
            }),
            Run::Operation { run, writes: true, .. } => {
                let organization = organization.clone();
                self.write(move |cx| {
                    check_within(cx, &organization, entry, &input)?;
                    run(cx, &input)
                })
            }
            Run::Flow(run) => {
                self.read(|cx| check_within(cx, organization, entry, &input))?;
                run(self, &input)
            }
        };
        reply?.json()
    }
}

fn check_within(
    cx: &mut Cx<'_>,
    organization: &OrganizationId,
    entry: &Entry,
    input: &Value,
) -> Result<()> {
    let environment = cx.environment;
    match organization_of(cx.db(), environment, entry, input)? {
        Some(it) if it == organization.as_str() => Ok(()),
        Some(_) | None => Err(Error::plain(Kind::NotFound, "There is nothing of this id.")),
    }
}
