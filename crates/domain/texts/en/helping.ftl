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

activity-help-asked = Asked somebody for help, or took it back
activity-help-began = Somebody helps
activity-help-ended = Somebody no longer helps
activity-help-entered = A helper began to act for you
activity-help-did = A helper acted for you
activity-helping-began = Began to help somebody
activity-helping-ended = No longer helps somebody
activity-child-added = Added a child
activity-child-deleted = Deleted a child's data

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
help-scope-empty = Choose at least one thing.
child-born-later = The date of birth cannot be after today. Please check.
child-born-invalid = The date of birth is not right. Enter day, month, year, for example 21/03/2019.
child-number-other-year = This personal number does not fit the year of birth. Please check both.
