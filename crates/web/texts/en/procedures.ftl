# Administrative procedures: the province's list and the national catalogue
proc-title = Administrative procedures
proc-lead = The paperwork that offices of this province handle. Official names are in Vietnamese.
proc-search = Find a procedure
proc-search-hint = Type its name or code, with or without marks. Example: khai sinh
proc-all = Show all
proc-results = List of procedures
proc-found = { $n ->
    [one] { $shown } procedure
   *[other] { $shown } procedures
}
proc-pages = Pages of the list
proc-before = Previous page
proc-after = Next page
proc-none = No procedure found
proc-none-text = Try a shorter word, or look through the whole list.
proc-code = Code
proc-field = Field
proc-office = Handled by
proc-office-commune = The People’s Committee of a commune, ward or special zone
proc-office-province = A department of the province
proc-unconfirmed = Name, code and office are from public lists and have yet to be checked against the national list.
proc-how = Handing it in
proc-not-online = This site does not take this procedure online yet. For now, do this:
proc-how-1 = Bring your identity card and the papers that belong to it.
proc-how-2-commune = Go to the one-stop desk of { $name }.
proc-how-2-any = Go to the one-stop desk of the commune or ward where you live.
proc-how-2-province = Go to the province’s reception office, or ask at the one-stop desk of your commune or ward.
proc-how-3 = Take the receipt; it says when the result is ready.
proc-ask = Questions? See the support numbers

# The national catalogue
cat-lead = Choose a procedure, then the province where you hand it in.
cat-advanced = Advanced search
cat-any = All
cat-system = Handed in at
cat-systems = { $n ->
    [one] { $shown } place takes it
   *[other] { $shown } places take it
}
cat-empty = The catalogue is still empty
cat-empty-text = The connected provinces have not sent their lists yet. Please come back later.
cat-where = Where to hand it in
cat-where-search = Find a province or city
cat-where-none = Nobody takes this procedure through the portal yet.
cat-go = Hand it in at { $system }
cat-next = Sign in or register here first; then you are taken to the province’s site. The first time, it asks for a phone and where you live, and links the two accounts by itself.
cat-next-known = You are taken to the province’s site. The first time, it asks for a phone and where you live, and links the two accounts by itself.
