# The province's own texts; they override the common ones of the same key.
province-name = Quảng Trị Province
province-app-name = QUANGTRI-S
province-about =
    QUANGTRI-S connects people, businesses and the authorities of Quảng Trị Province.
    Send reports, follow how they are handled and rate the result here.
province-about-basis = Run under Decision 01/2026/QĐ-UBND of 12 January 2026 of the Provincial People's Committee.
province-contact = Help: Centre for Innovation and Digital Transformation, Department of Science and Technology. Your commune's People's Committee or the community digital team can help too.
province-contact-note = Contact details have to be checked before official use.
