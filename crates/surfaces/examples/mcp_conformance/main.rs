//! Our MCP server with what the official conformance suite looks for beside our own tools: on the same
//! transport, behind the same door. For tests alone; no release has it.
//!
//! Prints a JSON line with `url` and `key`, and serves until its standard input ends.
#![expect(clippy::unwrap_used, reason = "a test that panics fails")]
#![expect(deprecated, reason = "the suite asks for what newer revisions of the protocol deprecate")]
use std::io::{Read, Write};

use rmcp::handler::server::ServerHandler;
use rmcp::model::*;
use rmcp::service::{RequestContext, RoleServer, SubscriptionContext};
use serde_json::json;
use tokio::sync::watch;
use vestibule_kernel::testing::{World, on_sqlite};
use vestibule_surfaces::client::Backend;
use vestibule_surfaces::mcp::{Server, router_of};

#[path = "../../tests/it/echo.rs"]
mod echo;
mod fixtures;
mod rounds;

type Context = RequestContext<RoleServer>;

fn main() {
    on_sqlite(echo::DOMAINS, serve);
}

fn serve(world: &World) {
    let server = Server::new(world.app.catalog(), Backend::Here(world.app.clone())).unwrap();
    let actions = server.actions();
    let (stop, stopping) = watch::channel(false);
    world.block_on(async {
        let make = move || Both { ours: server.connection() };
        let router = router_of(&world.app, actions, make, stopping);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let told = json!({ "url": url, "key": world.key.reveal() });
        writeln!(std::io::stdout(), "{told}").ok();
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        let running = axum::serve(listener, router).with_graceful_shutdown(async move {
            ended.await.unwrap().unwrap();
            stop.send(true).ok();
        });
        running.await.unwrap();
    });
}

/// Our server, and the fixtures where it has nothing of a name.
struct Both {
    ours: Server,
}

impl ServerHandler for Both {
    fn get_info(&self) -> ServerConfig {
        let mut info = self.ours.get_info();
        info.capabilities.logging = Some(JsonObject::new());
        info
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: Context,
    ) -> Result<InitializeResult, ErrorData> {
        let mut info = self.ours.initialize(request, context).await?;
        info.capabilities.logging = Some(JsonObject::new());
        Ok(info)
    }

    async fn discover(&self, context: Context) -> Result<DiscoverResult, ErrorData> {
        self.ours.discover(context).await
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut listed = self.ours.list_tools(request, context).await?;
        listed.tools.extend(fixtures::tools());
        Ok(listed)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        if let Some(result) = rounds::tool(&request, &context) {
            return result;
        }
        match fixtures::call(&request, &context).await {
            Some(result) => result.map(Into::into),
            None => self.ours.call_tool(request, context).await,
        }
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        let mut listed = self.ours.list_resources(request, context).await?;
        listed.resources.extend(fixtures::resources());
        Ok(listed)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let mut listed = self.ours.list_resource_templates(request, context).await?;
        listed.resource_templates.push(fixtures::template());
        Ok(listed)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        match fixtures::read(&request.uri) {
            Some(contents) => Ok(ReadResourceResult::new(vec![contents]).into()),
            None => self.ours.read_resource(request, context).await,
        }
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        let mut listed = self.ours.list_prompts(request, context).await?;
        listed.prompts.extend(fixtures::prompts());
        Ok(listed)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        if let Some(result) = rounds::prompt(&request) {
            return Ok(result);
        }
        match fixtures::prompt(&request) {
            Some(result) => Ok(result.into()),
            None => self.ours.get_prompt(request, context).await,
        }
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: Context,
    ) -> Result<CompleteResult, ErrorData> {
        match &request.r#ref {
            Reference::Prompt(it) if it.name.starts_with("test_") => Ok(CompleteResult::default()),
            _ => self.ours.complete(request, context).await,
        }
    }

    async fn set_level(&self, _: SetLevelRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        self.ours.accepted_subscription_filter(requested)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.ours.listen(context).await
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: Context,
    ) -> Result<(), ErrorData> {
        if request.uri == fixtures::WATCHED {
            return Ok(());
        }
        self.ours.subscribe(request, context).await
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: Context,
    ) -> Result<(), ErrorData> {
        self.ours.unsubscribe(request, context).await
    }
}
