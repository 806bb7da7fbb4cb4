# The province's own texts; they override the common ones of the same key.
province-name = Cao Bằng Province
province-app-name = Cao Bằng Digital Citizen
province-about =
    Cao Bằng Digital Citizen connects people, businesses and the authorities of Cao Bằng Province.
    Send reports, follow how they are handled and rate the result here.
province-about-basis = Run under Plan 2358/KH-UBND of 9 September 2024 of the Provincial People's Committee.
province-contact = Help: Centre for Digital Technology and Communication. Your commune's People's Committee or the community digital team can help too.
province-contact-note = Contact details have to be checked before official use.
