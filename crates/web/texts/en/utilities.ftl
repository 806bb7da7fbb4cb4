# Tools (N6)
nat-row-utilities = Tools
nat-row-utilities-note = Calendar of promised days, search of procedures
nat-group-account = Account
nat-group-services = Public services
nat-group-keep = Papers and tools
util-title = Tools
util-calendar = Calendar of promised days
util-calendar-days = { $n ->
    [one] { $n } application has a promised day.
   *[other] { $n } applications have a promised day.
}
util-calendar-text = Download the calendar file and open it with the calendar of your phone or computer to have the days in it. When a day changes, download it again.
util-calendar-take = Download the calendar file
util-calendar-none = No application has a promised day yet. Once an office promises one, you can download a calendar file here.
util-more = Other tools
util-procedures = Search of procedures
util-procedures-note = Find a procedure and where to apply in each province
cal-day = Result promised: { $name }
cal-text = Application { $code }, handled by: { $system }
cal-take-one = Put the promised day into a calendar
