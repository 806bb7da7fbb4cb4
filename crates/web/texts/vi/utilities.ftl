# Tiện ích (N6)
nat-row-utilities = Tiện ích
nat-row-utilities-note = Lịch hẹn trả kết quả, tìm thủ tục
nat-group-account = Thông tin tài khoản
nat-group-services = Quản lý dịch vụ công
nat-group-keep = Tài liệu và tiện ích
util-title = Tiện ích
util-calendar = Lịch hẹn trả kết quả
util-calendar-days = { $n } hồ sơ có ngày hẹn trả.
util-calendar-text = Tải tệp lịch rồi mở bằng ứng dụng Lịch của điện thoại hay máy tính để ngày hẹn hiện trong lịch. Khi ngày hẹn thay đổi, hãy tải lại.
util-calendar-take = Tải tệp lịch
util-calendar-none = Chưa có hồ sơ nào có ngày hẹn trả. Khi nơi giải quyết hẹn ngày, Ông/Bà tải được tệp lịch ở đây.
util-more = Tiện ích khác
util-procedures = Tra cứu thủ tục
util-procedures-note = Tìm thủ tục và nơi nộp ở từng tỉnh
cal-day = Hẹn trả kết quả: { $name }
cal-text = Mã hồ sơ { $code }, nơi giải quyết: { $system }
cal-take-one = Thêm ngày hẹn vào lịch
