//! One way to parse, and a view of elements that tells namespaces apart.

use uppsala::{Document, NodeId, NodeKind, Parser};

/// Real answers nest below twenty deep.
const DEPTH_MAX: u32 = 64;

/// Why a text is not a document that we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParseError {
    Doctype,
    Malformed,
}

/// The document, without a document type: so nothing in it is defined, expanded or fetched.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, ParseError> {
    // The parser would refuse it too; here the refusal is told apart.
    if text.contains("<!DOCTYPE") {
        return Err(ParseError::Doctype);
    }
    let parser = Parser::new().with_forbid_dtd(true).with_max_depth(DEPTH_MAX);
    let document = parser.parse(text).map_err(|_| ParseError::Malformed)?;
    // Bytes are read as UTF-8, whatever a document says that it is.
    let encoding = document.xml_declaration.as_ref().and_then(|it| it.encoding.as_deref());
    if encoding.is_some_and(|it| !it.eq_ignore_ascii_case("utf-8")) {
        return Err(ParseError::Malformed);
    }
    Ok(document)
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(crate) struct Node<'d> {
    document: &'d Document<'d>,
    element: &'d uppsala::Element<'d>,
    id: NodeId,
}

impl<'d> Node<'d> {
    pub(crate) fn root(document: &'d Document<'d>) -> Option<Self> {
        Self::new(document, document.document_element()?)
    }

    pub(crate) fn new(document: &'d Document<'d>, id: NodeId) -> Option<Self> {
        Some(Self { document, element: document.element(id)?, id })
    }

    pub(crate) fn id(self) -> NodeId {
        self.id
    }

    pub(crate) fn parent(self) -> Option<Self> {
        Self::new(self.document, self.document.parent(self.id)?)
    }

    pub(crate) fn local_name(self) -> &'d str {
        &self.element.name.local_name
    }

    pub(crate) fn is(self, namespace: &str, local_name: &str) -> bool {
        self.is_in(namespace) && self.local_name() == local_name
    }

    pub(crate) fn is_in(self, namespace: &str) -> bool {
        self.element.name.namespace_uri.as_deref() == Some(namespace)
    }

    /// The attribute of that name without a namespace.
    pub(crate) fn attribute(self, name: &str) -> Option<&'d str> {
        let found = |it: &&uppsala::Attribute<'_>| {
            it.name.namespace_uri.is_none() && it.name.local_name == name
        };
        self.element.attributes.iter().find(found).map(|it| &*it.value)
    }

    pub(crate) fn attribute_in(self, namespace: &str, name: &str) -> Option<&'d str> {
        self.element.get_attribute_ns(namespace, name)
    }

    pub(crate) fn attributes(self) -> impl Iterator<Item = (Option<&'d str>, &'d str, &'d str)> {
        let attributes = self.element.attributes.iter();
        attributes.map(|it| (it.name.namespace_uri.as_deref(), &*it.name.local_name, &*it.value))
    }

    /// The elements right below.
    pub(crate) fn elements(self) -> impl Iterator<Item = Self> {
        self.document.children_iter(self.id).filter_map(move |it| Self::new(self.document, it))
    }

    pub(crate) fn elements_named(
        self,
        namespace: &str,
        local_name: &str,
    ) -> impl Iterator<Item = Self> {
        self.elements().filter(move |it| it.is(namespace, local_name))
    }

    /// The only element of that name right below, or nothing where there are none or several.
    pub(crate) fn only(self, namespace: &str, local_name: &str) -> Option<Self> {
        let mut found = self.elements_named(namespace, local_name);
        let first = found.next();
        if found.next().is_some() { None } else { first }
    }

    /// It and all elements below it, in the order of the document.
    pub(crate) fn all(self) -> impl Iterator<Item = Self> {
        let below = self.document.descendants(self.id);
        std::iter::once(self)
            .chain(below.into_iter().filter_map(move |it| Self::new(self.document, it)))
    }

    /// All text right inside, comments left out, without white space around it; nothing where
    /// there are elements inside. So a comment never cuts a value short.
    pub(crate) fn text(self) -> Option<String> {
        self.elements().next().is_none().then(|| self.text_of_all())
    }

    /// All text of it and of all elements below it.
    pub(crate) fn text_of_all(self) -> String {
        self.document.text_content_deep(self.id).trim_ascii().to_owned()
    }

    /// Whether there is nothing inside but elements and white space.
    pub(crate) fn holds_only_elements(self) -> bool {
        self.document.children_iter(self.id).all(|it| match self.document.node_kind(it) {
            Some(NodeKind::Element(_)) => true,
            Some(NodeKind::Text(text)) => text.trim_ascii().is_empty(),
            _ => false,
        })
    }

    /// Whether there is nothing inside but text without comments and the like.
    pub(crate) fn holds_only_text(self) -> bool {
        let kinds = self.document.children_iter(self.id).map(|it| self.document.node_kind(it));
        let mut pieces = 0;
        for kind in kinds {
            if !matches!(kind, Some(NodeKind::Text(_))) {
                return false;
            }
            pieces += 1;
        }
        pieces <= 1
    }
}

/// Whether there is a processing instruction anywhere. Nothing in SAML has one.
pub(crate) fn has_instructions(document: &Document<'_>) -> bool {
    let mut nodes = document.descendants(document.root()).into_iter();
    nodes.any(|it| matches!(document.node_kind(it), Some(NodeKind::ProcessingInstruction(_))))
}
