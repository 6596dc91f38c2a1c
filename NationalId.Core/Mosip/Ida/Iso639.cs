using System.Collections.Frozen;

namespace NationalId.Core.Mosip.Ida;

/// <summary>
/// The codes of languages that ISO 639 knows. The host runs without culture data (invariant globalization), so the
/// tables are here.
/// </summary>
internal static class Iso639
{
    // ISO 639-1 with the code of ISO 639-3 that stands for the same language. The withdrawn codes that old forms still
    // write are in it: iw, in, ji, jw, mo.
    private const string TwoLetters = """
        aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul
        bi:bis bm:bam bn:ben bo:bod br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces cu:chu cv:chv cy:cym
        da:dan de:deu dv:div dz:dzo ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas ff:ful fi:fin fj:fij
        fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat
        hu:hun hy:hye hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk in:ind io:ido is:isl it:ita iu:iku iw:heb
        ja:jpn ji:yid jv:jav jw:jav ka:kat kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas
        ku:kur kv:kom kw:cor ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah
        mi:mri mk:mkd ml:mal mn:mon mo:ron mr:mar ms:msa mt:mlt my:mya na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld
        nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus pt:por
        qu:que rm:roh rn:run ro:ron ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag sh:hbs si:sin sk:slk sl:slv
        sm:smo sn:sna so:som sq:sqi sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir
        tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie
        vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:zho zu:zul
        """;

    // The codes of ISO 639-2 that libraries use, with those that everybody else uses.
    private const string Bibliographic = """
        alb:sqi arm:hye baq:eus bur:mya chi:zho cze:ces dut:nld fre:fra geo:kat ger:deu gre:ell ice:isl mac:mkd
        mao:mri may:msa per:fas rum:ron slo:slk tib:bod wel:cym
        """;

    // All codes of ISO 639-3 but mis, mul, und and zxx, which name no language: two letters, then each third letter
    // that makes a code with them.
    private const string ThreeLetters = """
        aaabcdefghiklnopqrstuwxz ababcdefghijklmnopqrstuvwxyz acabdefhiklmnpqrstuvwxyz adabdefghijlnoqrstuwxyz
        aeabcdeklmnqrsuwyz afbdeghiknoprstuz agabcdefghijklmnoqrstuvwxyz ahabghiklmnoprst aiabcdefghijklmnopqrtwxy
        ajaginpsuwz akabcdefghijklmopqrstuvwxyz alacdefhijklmnopqrstuwxyz amabcefghijklmnopqrstuvwxyz
        anabcdefghijklmnopqrstuvwxyz aoabcdefgijklmnrstuxz apbcdefghijklmnopqrstuvwxyz aqcdgkmnprtz
        arabcdeghijklnopqrsuvwxyz asabcefghijklmnopqrstuvwxyz atabcdegijklmnopqrstuvwxyz auabcdghijklmnopqrtuwxyz
        avabdeiklmnostuv awabceghikmnorstuvwxy axbegklmx ayabcdeghiklmnopqrstuz azabdegjmnotz
        baabcefghjklmnoprsuvwxy bbabcdefghijklmnopqrstuvwxy bcabcdefghijklmnopqrstuvwyz bdabcdefghijklmnopqrstuvwxyz
        beabcdefghijklmnopqstuvwxyz bfabcdefghijklmnopqrstuwxyz bgabcdefgijklnopqrstuvwxyz
        bhabcdefghijlmnopqrstuvwxyz biabdefgklmnopqrstuvwxyz bjabcefghijklmnoprstuvwxyz bkacdfghijklmnopqrstuvwxyz
        blabcdefhijklmnopqrstvwxyz bmabcdefghijklmnopqrstuvwxz bnabcdefgijklmnopqrsuvwxyz
        boabdefghijklmnopqrstuvwxyz bpacdeghijklmnopqrstuvwxyz bqabcdfghijklmnopqrstuvwxyz
        brabcdefghijklmnopqrstuvwxyz bsabcefghijklmnopqrstuvwxy btacdefghijmnopqrstuvwxyz
        buabcdefghijklmnopqstuvwxyz bvabcdefghijklmnopqrtuvwxyz bwabcdefghijklmnopqrstuwxyz
        bxabcdefghijklmnopqrsuvwz byabcdefghijklmnopqrstvwxz bzabcdefghijklmnopqrstuvwxyz caabcdefghjklmnopqrstvwxyz
        cbbcdgijklnoqrstuvwy cccdeghjlmopr cdaefhijmnorsyz ceabgknsty cfadgm cgacgk chabcdefghjklmnopqrtuvwxyz
        ciabcdehkmnprwy cjaehikmnopsvy ckbhlmnoqrstuvxyz clacdehijklmotuwy cmaegilmnorst cnabcghiklopqrstuwx
        coabcdefghjklmnopqrstuvwxz cpabcginosuxy cqd crabcdefghijklmnoqrstvwxyz csabcdefghijklmnopqrstvwxyz
        ctacdeghlmnopstuyz cuabchijklopqrtuvwxy cvgn cwabdegt cyabmo czhknot daacdeghijklmnoqrsuvwxz
        dbabdefgijlmnopqrtuvwy dccr ddadegijnorsw decdefghiklmnpqrsuvz dgabcdeghiklnorstwxz dhdgilmnorsuvwx
        diabcdfghijklmnopqrsuvwxyz djabcdefijkmnoruw dkagkrsx dlgkmn dmabcdefgklmorsuvwxy dnadegijknortuvwy
        doabcefhiklnopqrstvwxyz dpp drbcdegilnoqstuy dsbehilnoqz dtabdhikmnoprstuy duabcefghiklmnopqrsuvwxyz dva
        dwakrsuwyz dyabdgimnouy dzaeglno eaa ebcgkoru ecrsy eee efaei egalmoy ehsu eiptv eja ekaegiklmopry
        elehiklmoux emabegikmnpqsuwxyz enabcdfghlmnoqruvwx eot epio eraghikorstw eseghiklmnoqstuy etbchnorstuxz eus
        evehn eweo ext eyao ezae faabdfghijklmnoprstuxyz fbl fcs fer ffim fgr fiaefjlnprtw fkkv flahilnry fmpu fnbgi
        fodimnrs fpe fqs fracdkmopqrsty fsels fubcdefhijlmnqrtuvy fvr fwae gaabcdefghijklmnopqrstuwxyz
        gbabdefghijklmnopqrsuvwxyz gccdeflnrt gdabcdefghijklmnoqrstux geabcdfghijklqsvwxyz gfkt ggabdegkltuw
        ghacehklnorst giabcdeghilmnpqrstuwxyz gjkmnru gkadenopu glabcdeghjkloruvwy gmabdghlmnruvxyz
        gnabcdeghijklmnoqrtuwz goabcdefghijklmnopqrstuvwxyz gpaen gqainru grabcdghijmnoqrstuvwxyz gseglmnopsw gtau
        guabcdefghijklmnopqrstuwxz gvacefjlmnoprsy gwabcdefgijmnrtuwx gxx gyabdefgilmnoryz gzain
        haabcdefghijklmnopqrstuvwxyz hbabnosu hcah hdnsy heabdghimr hgmw hhiry hiabdfghijklnortwx hji hkaehkns
        hlabdetu hmabcdefghijklmnopqrstuvwyz hnadeghijnosu hoabcdehijlmoprstvwyz hpos hracekmoptuvwxz hsbhlns
        htiosux hubcdefghijklmnopqrstuvwxyz hvceknv hwaco hyaew iainr ibabdeghlmnoruy icahlr idabcdeiorstu
        ifabefkmuy igbeglmnosw ihbipw iiin ijcejns ikeikloprstuvwxz ilabegikmopsuv imailnorsty inabdghjlmnopstz
        ioruw ipiko iquw irehiknruxy isacdeghiklmnortu itabdeiklmorstvwxyz ium ivbv iwkmos ixcl iyaox izhrz
        jaabcdefhjklmnoqstuvxyz jbeijkmnortuw jcst jdagt jebehiklnrtu jgbeko jhis jiabcdeghilmoqtuvy jjer jkamoprsu
        jles jmabcdilnrswx jnadgijls jobdgrsw jpanr jqr jrabrtu jsl juabcdhiklmnoprstuwy jvdn jwi jyaey
        kaabcdefghijklmnopqstuvwxyz kbabcdeghijklmnopqrstuvwxyz kcabcdefghijklmnopqrstuvwxyz
        kdacdefghijklmnpqrtuwxyz keabcdefghijklmnopqrstuvwxyz kfabcdefghijklmnopqrstuvwxyz kgabefgijklmnopqrstuvwxy
        khabcdefghjklmnopqrstuvwxyz kiabcdefghijklmnopqrstuvwxyz kjabcdeghijklmnopqrstuvxyz
        kkabcdefghijklmnopqrstuvwxyz klabcdefghijklmnopqrstuvwxyz kmabcdefghijklmnopqrstuvwxyz
        knabcdefgijklmnopqrstuvwxyz koacdefghiklmnopqrstuvwyz kpabcdefghijklmnoqrstuvwxyz
        kqabcdefghijklmnopqrstuvwxyz krabcdefhijklnprstuvwxyz ksabcdefghijklmnopqrstuvwxyz
        ktabcdefghijklmnopqstuvwxyz kuabcdefghijklmnopqrstuvwxyz kvabcdefghijklmnopqrtuvwxyz
        kwabcdefghijklmnoprstuvwxyz kxabcdfhijkmnopqrstvwxyz kyabcdefghijklmnopqrstuvwxyz kzabcdefgiklmnopqrsuvwxyz
        laabcdefghijlmnopqrstuvwxyz lbbcefgijklmnoqrstuvwxyz lccdefhlmpqs ldabdghijklmnopq
        leabcdefhijklmnopqrstuvwxyz lfan lgabghiklmnoqrtuz lhahilmnpstu liabcdefghjklmnopqrstuvwxyz ljaeilpwx
        lkabcdehijlmnorstuy llabcdefghijklmnpqsux lmabcdefghijklnopqruvwxy lnabdghijlmnsuwz
        loabcefghijklmnopqrstuvwxyz lpaenox lqr lracegiklmnortvz lsabcdehilmnoprstvwy ltcghinosuz
        luabcdefgijklmnopqrstuvwyz lvaiksu lwaeghlmostuw lxm lyagn lzhlnz maabdefghijklmnqrstuvwxz
        mbabcdefhijklmnopqrstuvwxyz mcabcdefghijklmnopqrstuvwxyz mdabcdefghijklmnpqrstuvwxyz
        meabcdefhijklmnopqrstuvwyz mfabcdefghijklmnopqrstuvwxyz mgabcdefghijklmnopqrstuvwyz
        mhabcdefgijklmnopqrstuwxyz miabcdefghijklmnopqrtuwxyz mjbcdeghijklmnopqrstuvwxyz mkabcdefgijklmnopqrstuvwxyz
        mlabcefghijklmnopqrstuvwxz mmabcdefghijklmnopqrtuvwxyz mnabcdefghijklmnpqrsuvwxyz moacdeghijkmnopqrstuvwxyz
        mpabcdeghijklmnopqrstuvwxyz mqabcefghijklmnopqrstuvwxyz mrabcdefghijklmnopqrstuvwxyz
        msabcdefghijklmnopqrsuvwxyz mtabcdefghijklmnopqrstuvwxy muabcdeghijkmopqrstuvxyz mvabdefghiklnopqrstuvwxyz
        mwabcefghiklmnopqrstuvwz mxabcdefghijklmnopqrstuvwxyz myabcefghjklmoprsuvwxyz mzabcdeghijklmnopqrstuvwxyz
        naabcefgjklmnopqrstuvwxyz nbabcdeghijklmnopqrstuvwy ncabcdefghijklmnoqrstuxz ndabcdefghijklmnopqrstuvwxyz
        neabcdefghijkmnopqrstuvwxyz nfadlru ngabcdeghijklmnpqrstuvwxyz nhabcdefghikmnopqrtuvwxyz
        niabdefghijklmnoqrstuvwxyz njabdhijlmnorstuxyz nkabcdefghijkmnopqrstuvwxz nlacdegijklmoquvwxyz
        nmabcdefghijklmnopqrstuvwxyz nnabcdefghijklmnopqrtuvwyz noabcdefghijklmnpqrstuvwyz npabghilnosuxy
        nqgklmnoqty nrabcefgiklmnprtuxz nsabcdefghiklmnopqrstuvwxyz ntdegijkmopruwxyz nuacdefghijklmnopqrstuvwxyz
        nvhmo nwabcegimorwxy nxadegiklmnoqrx nyabcdefghijklmnopqrstuvwxy nzabdikmsuyz oaacrv obiklmortu ocahimou
        odaktu ofosu ogbcegou ohtu oiaen ojbcgipsvw okabcdeghijklmnorsuvxz oladekmortu omabcgiklnoprtuwxy
        onabegijknoprstuwx oodgnrs opakmoty oraceghimnorstuvwxyz osacinopstux otabdeiklmnqrstuwxyz ouabeim ovd owil
        oybdmy ozm pabcdefghiklmnopqrsuvwxyz pbbcefghilmnoprstuvy pcabcdefghijklmnpw pdacinotu
        peabdefghijklmopqsvxyz pfael pgadgiklnsuz phadghjklmnoqrtuvw piabcdefghjlmnoprstuvwxyz pjt pkabcghnoprstu
        plabcdeghijklnoqrstuvwyz pmabdefhijklmnoqrstwxyz pnabcdeghijklmnopqrstuvwxyz pocefghiklmnopqrstvwxy
        ppeiklmnopqstu pqam prcdefghiklmnopqrstuwxz psacdeghilmnopqrstuwy ptahinopqrtuvwy puabcdefgijmopqrstuwxy
        pwabgimnorw pxm pyemnsuxy pzhn quabcdefghiklmnpqrsvwxyz qvacehijlmnopswyz qwachmst qxachlnopqrstuw qyap
        raabcdfghijklmnopqrstuvwxyz rbbklp rcf rdb reabegijlmnrsty rgaeknrsu rhgp riabflmnrtu rjgis rkabhimtw
        rmabcdefghiklmnopqstuvwxyz rnbdglnprw robcdefghlmnopruw rpnt rriot rsbklmn rtchmsw rubcefghiknopqstuyz
        rwaklmor rxdw rynsu rzh saabcdefghjkmnoqrstuvwxyz sbabcdefghijklmnopqrstuvwxyz scbefghiklnopqstuvwx
        sdabcefghjklnopqrstuxz seabcdefghijklnopqrstuvwyz sfbemsw sgabcdeghijkmprstuwxyz shabcdeghijklmnopqrstuvwxyz
        siabdefghijklmnpqrsuvwxyz sjabdegklmnoprstuw skabcdefghijmnopqrstuvwxyz slcdefghijklmnpqrstuvwxyz
        smabcefghjklmnopqrstuvwxyz snacdefgijklmnopqrsuvwxyz soabcdeghijklmopqrstuvwxyz spabcdegiklmnopqrstuvxy
        sqahikmnoqrstux srabcdefghiklmnopqrstuvwxyz ssbcdefghijklmnopqrstuvwxyz stabdefghijklmnopqrstuvwy
        suabcegijknoqrstvwxyz svabcekmsx swabcefghijklmnopqrstuvwxy sxbcegklmnorsuw syabciklmnorswxy szabcdeglnpsvwy
        taabcdefghjklmnopqrstuvwxyz tbacdefghijklmnoprstuvwxyz tcabcdefghiklmnopqstuwxyz tdabcdefghijklmnoqrstvxy
        teabcdefghiklmnopqrstuvwxyz tfinort tgabcdefhijklnopqrstuvwxyz thadefhiklmnpqrstuvyz
        tiacfghijklmnopqrstuvwxyz tjagijlmnopsuw tkabdefglmnpqrstuvwxz tlabcdfghijklmnopqrstuvxy
        tmabcdefghijklmnoqrstuvwyz tnabcdghiklmnopqrstuvwxyz tobcdfghijklmnopqrsuvwxyz tpacefgijklmnopqrtuvwxyz
        tqblmnopqrtuw trabcdefghijlmnopqrstuvwxyz tsabcdeghijklmnopqrstuvwxyz ttabcdefghijklmnopqrstuvwyz
        tuabcdefghijklmnoqrsuvxyz tvadeklmnostuwxy twabcdefghilmnopqrtuwxy txabceghijmnoqrstuxy tyaehijlnprstuvxyz
        tzahjlmnox uamnr ubailruy udaegijlmu ues ufi ugabehnoy uhan uigsv uji ukaghiklpqrsuvwy ulabcefiklmnuw
        umabcdgimnoprsu unaegikmnruxz uon upiv urabcdefghiklmnoprtuvwxyz usahikpsu utaehpru uumru uvehl uwa uya
        uzbns vaaefghijlmnoprsuvy vbbk vecdlmnopr vgrt vicdefglnstv vkajklmnoptuz vlps vmabcdefghijklmpqrsuvwxyz
        vnkmp volrt vraost vsilv vto vumnt vwa waabcdefghijlmnopqrstuvwxyz wbabefhijklmpqrstvw wcai wddgjktuy
        weacdghimoprstuw wfg wgabgiouy whagku wibcefghijklmnruvy wjai wkabdlruwy wlaceghiklmnorsuvwxy
        wmabcdeghimnostwx wnbcdegikmnopuwy woabcdefgiklmnorswy wpc wrbghiklmnoprsuvwxyz wsagikrsuv wtfhikmw
        wuabdhlmnrtuvxy wwaborw wxaw wybimnry xaabcdegijklmnopqrstuvwy xbbcdegijmnoprwy xcbceghlmnortuvwy xdackmoqy
        xebdglmprstu xfa xgabdfgilmruw xhacdemortuv xibilnrsvy xjbt xkabcdefgijklnopqrstuvwxyz xlabcdeginopsuy
        xmabcdefghjklmnopqrstuvwxyz xnabghijkmnoqrstuyz xocdgikmnoprw xpabcdefghijklmnopqrstuvwxyz xqat
        xrabdegimnrtuw xsabcdehijlmnopqrsuvy xtabcdeghijlmnopqrstuvwy xuabdgjlmnoprtu xveinos xwacdegjklortw xxbkmrt
        xyabjklty xzhmp yaabcdefghijklmnopqrstuvwxyz ybabehijklmnoxy ychlnp ydadegk yeaceijlrstuvy ygailmprsuw
        yhadls yiadfghijklmnpqrstuvxz ykagiklmnortuy ylabegilmnoruy ymbcdeghiklmnopqrsxz ynadegklnoqsu yobgiklmnrtxy
        ypabghmnopz yrabeklmnoswy yscdglmnoprsy ytalpwy yuabcdefgijklmnpqrtwxyz yvat ywaglnqrtuw yxaglmuy yyruz yzgk
        zaabcdefghijklmopqrstuvwxyz zbaceltuw zcadh zdj zeaghn zgabhmnr zhabdinow ziabklmnwz zkabdghknoprtuvz
        zlajmnq zmabcdefghijklmnopqrstuvwxyz znaegks zochmoqrs zpabcdefghijklmnopqrstuvwxyz zqe zragnops zsaklmru
        zteglmnpqstuxy zuahlmny zwa zybgjnp zzaj
        """;

    private static readonly char[] Blanks = [' ', '\r', '\n'];

    private static readonly FrozenDictionary<string, string> Others = Entries(TwoLetters + ' ' + Bibliographic)
        .Select(entry => entry.Split(':'))
        .ToFrozenDictionary(entry => entry[0], entry => entry[1], StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> Codes = Entries(ThreeLetters)
        .SelectMany(entry => entry[2..].Select(third => entry[..2] + third))
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The code of ISO 639-3 for a code of ISO 639-1, 639-2 or 639-3; null when it is none of them.</summary>
    public static string? CodeOf(string code) =>
        Others.TryGetValue(code, out var known) ? known
        : Codes.TryGetValue(code, out var same) ? same
        : null;

    private static string[] Entries(string table) => table.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
}
