# Who helps me, helping others, acting
acc-row-helpers = Who helps me
acc-row-helpers-note = Who may act for you, and in what
acc-row-helping = Help somebody
acc-row-helping-note = Act for parents, relatives, children

acting-region = Acting for somebody
acting-for = Acting for { $name }
acting-stop = Stop
acting-stop-long = Stop acting
error-acting-title = Only the person can do this
error-acting-text = You are acting for { $name }. Only { $name } can do this. To use your own account, press “Stop acting”.

help-scope = What may they do?
help-term = For how long?
help-days = { $n ->
    [one] { $shown } day
   *[other] { $shown } days
}
help-days-year = 1 year
help-until-adult = until the age of 18
help-until = Until { $time }
help-answer-until = May be answered until { $time }
help-over = This is over or was cancelled. To go on, let the other person ask again.
help-done-by = Done by { $name } for the person
help-done-gone = Done by a helper who no longer has an account
help-did-what = { $act } { $code }
help-act-submit = Sent report
help-act-add_info = Added to report
help-act-answer = Answered a question about report
help-act-rate = Rated report
desk-fact-helped = Done by somebody with a mandate

helpers-title = Who helps me
helpers-lead = You can let somebody you trust send and follow reports for you.
helpers-now = Helping now
helpers-none = Nobody helps you yet.
helpers-end = End
helpers-waiting = Asked, not answered
helpers-withdraw = Take back
helpers-safe = Your helpers cannot change your password, phone or data. Everything they do is shown in “Account activity”.
helpers-ask-title = Ask somebody for help
helpers-ask-lead = They use their own account to act for you. Do not tell them your password.
helpers-ask-phone = The helper's phone number
helpers-ask-phone-hint = The number they sign in with
helpers-ask-goes = We send an SMS with your name to this number. They have 7 days to answer.
helpers-ask-button = Ask

helping-title = Help somebody
helping-lead = Act for somebody, with your own account.
helping-offer = { $name } asks you for help
helping-offer-child = { $name } asks you to be a guardian of { $child }, too
helping-offer-text = { $scope }. For: { $days }. Answer before { $until }.
helping-yes = Accept
helping-no = Decline
helping-now = People I help
helping-none = You help nobody yet. Somebody who needs help can ask you from their account, or read you a code.
helping-act = Act for them
helping-end = Stop helping
helping-marked = All you do for somebody carries your name. They can see it.
helping-by-code = Help with a code that is read to you
helping-by-code-lead = The person who needs help gets an SMS with your name and a code. If they agree, they read you the code.
helping-by-code-phone = Phone number of the person who needs help
helping-by-code-goes = Only enter the number of somebody who asked you. They can end it at any time.
helping-by-code-button = Send the code
helping-code-title = Enter the code they read to you

children-title = Children under 18
children-none = Parents and guardians act for a child. The child needs neither phone nor password.
children-waiting = Asked to be a guardian, not answered
child-until = Until { $date }, the 18th birthday
child-add-title = Add a child
child-add-lead = You declare this as parent or guardian. It is declared, not verified. Basis: Decree 69/2024/NĐ-CP (to be checked).
child-name = The child's full name
child-born = Date of birth
child-born-hint = For example 21/03/2019
child-number = The child's personal number
child-number-hint = 12 digits, on the birth certificate
child-add-button = Add child
child-second-title = Ask a second guardian
child-second-lead = They can act for { $name}, too, until { $name } is 18.
child-delete-title = Delete the child's data
child-delete-lead = Deletes name, date of birth and everything about { $name } for good. Reports stay, without the name.
child-delete-button = Delete for good

flash-help-asked = Asked.
flash-help-withdrawn = The request is no longer valid.
flash-help-ended = They no longer act for you.
flash-helping-begun = Accepted. Press “Act for them” when needed.
flash-helping-declined = Declined.
flash-helping-ended = You no longer help this person.
flash-acting = From now on you act for somebody else. When done, press “Stop”.
flash-acting-stopped = Stopped. You are using your own account.
flash-child-added = The child was added. Press “Act for them” when needed.
flash-child-deleted = The child's data were deleted.
