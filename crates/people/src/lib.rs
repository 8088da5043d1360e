//! Who there is: organizations, domains, users, permissions, roles, memberships, groups, invitations.
