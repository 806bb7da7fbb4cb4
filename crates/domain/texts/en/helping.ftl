# Helping others: SMS, notices, activity and the download
help-scope-report = Send reports, add to them and rate
help-scope-follow = Read reports and messages
sms-help-report = send reports
sms-help-follow = read reports, messages

sms-desk-code = { $code } lets { $unit } write down a report for you ({ $app }). Read it only to the officer you are meeting or calling. If you asked nobody, ignore it and read it to nobody.
sms-help-code = { $code } lets { $name } help you at { $app } for { $days } days: { $scope }. Read it to this person only. If you do not agree, ignore it and read it to nobody.
sms-help-asked = { $app }: { $name } asks you for help. Sign in at { $link } before { $until } to answer. If you do not know this person, ignore it.
sms-guardian-asked = { $app }: { $name } asks you to be a child's guardian, too. Sign in at { $link } before { $until } to answer. If you do not know this person, ignore it.
sms-help = { $app }: Who helps your account has just changed. See and cancel at { $link }

notice-help-asked = Somebody asks you for help. Open to see and answer.
notice-desk-began = An officer is writing down a report for you. If you did not ask for it, open this and press “End”.
notice-help-began = From now on somebody can do some things for you. Open to see who. You can end it at any time.
notice-help-ended = Somebody who helped no longer acts for you.
notice-helping-ended = You no longer help somebody. Open to see.
notice-help-declined = Somebody declined to help. You can ask another person.
notice-child-leaves-30 = The account of your child who came of age will be deleted in 30 days if nobody takes it over. See how to hand it over.
notice-child-leaves-7 = 7 days left: the account of your child who came of age will be deleted if nobody takes it over. Make a code to hand it over.
notice-child-claimed = A child of yours took over their account. You cannot get into it any more.
notice-child-yours = This account is yours alone from now on; parents and guardians cannot get into it any more. What was done before stays, with who did it.

activity-help-asked = Asked somebody for help, or took it back
activity-help-began = Somebody helps
activity-help-ended = Somebody no longer helps
activity-help-entered = A helper began to act for you
activity-help-did = A helper acted for you
activity-helping-began = Began to help somebody
activity-helping-ended = No longer helps somebody
activity-child-added = Added a child
activity-child-deleted = Deleted a child's data
activity-child-code = Made a code to hand a child's account over
activity-child-claimed = The account that a guardian kept was taken over by its owner

export-mandates = Helping others and who helps me
export-mandate-helped = I help
export-mandate-helper = I am helped by
export-child = A child's data
fact-declared_birth_date = Date of birth (declared)

help-own = This is your own number. Enter the other person's.
help-already-asked = This number was asked and has not answered yet. To ask again, take the first one back.
help-offer-gone = This request was answered, withdrawn or is too old. If needed, let the other person ask again.
help-full = There are as many helpers as there may be. End one, or take back a request.
help-too-many = You help too many people already. Stop helping one of them first.
help-no-account = The code is right, but this number has no account that can be used. Register it first, then try again.
help-adult = Somebody who is 18 acts for themselves, or asks somebody for help. Open an account with that person's phone.
help-last-guardian = A child always has a guardian. Ask a second one first, or delete the child's data.
hand-over-empty = Enter the code that your parent or guardian gave you.
hand-over-shape = The code has 12 letters and digits in 3 groups, for example ABCD-EFGH-JKLM. Please look again.
hand-over-wrong = This code cannot be used: it is wrong, was used, was replaced by a new one, or more than 90 days have passed since the 18th birthday. Ask your parent or guardian.
hand-over-early = It is too early. The code can be made from 3 months before the child comes of age.
hand-over-not-yet = The code is right, but the account can be taken over only from the 18th birthday on. Keep the code and come back then.
help-behalf = You are working for an organisation. To help somebody, first press “Work for myself” at the top of the page.
help-scope-empty = Choose at least one thing.
child-born-later = The date of birth cannot be after today. Please check.
child-born-invalid = The date of birth is not right. Enter day, month, year, for example 21/03/2019.
child-number-other-year = This personal number does not fit the year of birth. Please check both.
