# Organisations (businesses, state bodies) and who acts for them
organization-business = Business
organization-state_body = State body
organization-role-manager = Manager
organization-role-member = Member
export-organizations = Organisations I act for

activity-organization-signed = Signed for an organisation
activity-organization-joined = Joined an organisation
activity-organization-declined = Declined to join an organisation
activity-organization-left = No longer act for an organisation
activity-organization-role = Another role in an organisation
activity-organization-changed = Invited somebody to an organisation, or took that back
activity-behalf-began = Began to work for an organisation
activity-behalf-ended = Went on as oneself
activity-behalf-reported = Sent a report for an organisation
export-behalf = Sent for { $name } ({ $code })

notice-organization-signed = { $name } has another manager, confirmed by the organisation’s digital signature. If they do not belong to it, take them out.
notice-organization-invited = { $name } invites you to act for it. Press to answer.
notice-organization-joined = Somebody joined { $name }.
notice-organization-declined = An invitation to { $name } was declined.
notice-organization-role = Your role in { $name } was changed.
notice-organization-removed = You no longer act for { $name }.
sms-organization-invited = { $app }: { $name } invites you to act for it. Sign in at { $link } before { $until } to answer. If you do not know this organisation, ignore this message.

org-last-manager = This is the only manager. First give the manager’s role to somebody else, or invite another manager.
org-already-member = Whoever has this phone belongs to the organisation already.
org-already-invited = This phone was invited and has not answered yet. To invite it anew, first withdraw the invitation.
org-invitation-gone = The invitation is too old, answered or withdrawn. If need be, ask the organisation to invite you again.
org-not-identified = Your account’s personal number is not verified. Verify it under Linked accounts, then come back.
org-full = The organisation has too many people, or too many invitations wait. Take somebody out or withdraw an invitation.
